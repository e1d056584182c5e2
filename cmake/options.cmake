# Flags every target of the project is built with, as one interface target.
add_library(sparsight_options INTERFACE)
target_include_directories(sparsight_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_features(sparsight_options INTERFACE cxx_std_20)
target_compile_options(sparsight_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Wunused -Woverloaded-virtual
  -Wconversion -Wno-sign-conversion -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough)
# ccache sees precompiled headers of g++ only so.
target_compile_options(sparsight_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
# Sources that make up one unit are headers to g++, which warns of anonymous types in those.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sparsight_options INTERFACE -Wno-subobject-linkage)
endif()
if(SPARSIGHT_WERROR)
  target_compile_options(sparsight_options INTERFACE -Werror)
endif()
if(SPARSIGHT_SANITIZE)
  # g++ 12 with sanitizers sees uninitialised members and overflows in libstdc++ (<regex>, <functional>, <string>) that are
  # not there.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(sparsight_options INTERFACE -Wno-maybe-uninitialized -Wno-array-bounds
      -Wno-stringop-overflow)
  endif()
  target_compile_options(sparsight_options INTERFACE -fsanitize=${SPARSIGHT_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(sparsight_options INTERFACE -fsanitize=${SPARSIGHT_SANITIZE})
endif()
