# The device's kernels: compiled by nvcc for the GPUs below into one fatbin, which becomes a part of the program. nvcc is
# looked for in SPARSIGHT_CUDA_DIR, build/cuda (tools/install_cuda), then where CMake looks. Without it all else is built.
set(SPARSIGHT_CUDA_DIR "" CACHE PATH "Folder of a CUDA toolkit: bin/nvcc lies in it")
set(SPARSIGHT_CUDA_ARCHITECTURES 75 80 86 89 90 100 120 CACHE STRING "GPUs that the kernels are compiled for")
file(GLOB fetched_nvcc CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/build/cuda/bin/nvc[c])  # that it came is noticed
find_program(SPARSIGHT_NVCC nvcc NO_CACHE
  HINTS ${SPARSIGHT_CUDA_DIR}/bin ${PROJECT_SOURCE_DIR}/build/cuda/bin /usr/local/cuda/bin)

set(cuda_dir ${CMAKE_CURRENT_SOURCE_DIR}/cuda)
set(image_source ${CMAKE_CURRENT_BINARY_DIR}/device_image.cpp)
if(SPARSIGHT_NVCC)
  message(STATUS "CUDA: ${SPARSIGHT_NVCC}, for ${SPARSIGHT_CUDA_ARCHITECTURES}")
  set(fatbins "")
  set(codes "")
  foreach(architecture IN LISTS SPARSIGHT_CUDA_ARCHITECTURES)
    list(APPEND codes -gencode arch=compute_${architecture},code=sm_${architecture})
  endforeach()
  list(GET SPARSIGHT_CUDA_ARCHITECTURES -1 newest)
  list(APPEND codes -gencode arch=compute_${newest},code=compute_${newest})  # PTX for what comes
  # One file includes all others, so that there is one image.
  set(all_kernels ${CMAKE_CURRENT_BINARY_DIR}/device_kernels.cu)
  set(text "")
  foreach(source IN LISTS device_sources)
    string(APPEND text "#include \"${source}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT ${all_kernels} CONTENT "${text}" @ONLY)
  set(image ${CMAKE_CURRENT_BINARY_DIR}/device_kernels.fatbin)
  add_custom_command(OUTPUT ${image}
    COMMAND sh -c "\"$@\" >ptxas.txt 2>&1 || { cat ptxas.txt; exit 1; }" nvcc ${SPARSIGHT_NVCC} -fatbin -std=c++20 -O3
      -I${PROJECT_SOURCE_DIR} ${codes} -Xptxas -v -o ${image} ${all_kernels}
    DEPENDS ${device_sources} ${all_kernels} ${cuda_dir}/device/common.h ${cuda_dir}/parameters.h
    COMMENT "Compiling the device's kernels" VERBATIM)
  set(include_image ".incbin \\\"${image}\\\"")
  configure_file(${cuda_dir}/device_image.cpp.in ${image_source} @ONLY)
  set_source_files_properties(${image_source} PROPERTIES OBJECT_DEPENDS ${image})
else()
  message(STATUS "CUDA: no nvcc, so the program has no kernels for GPUs (tools/install_cuda fetches it)")
  set(include_image "")
  configure_file(${cuda_dir}/device_image.cpp.in ${image_source} @ONLY)
endif()
target_sources(sparsight_kernels PRIVATE ${image_source})
target_link_libraries(sparsight_kernels PRIVATE ${CMAKE_DL_LIBS})
