# Everything is a package of the distribution; nothing is downloaded at configure time.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
pkg_check_modules(highway REQUIRED IMPORTED_TARGET libhwy)
if(SPARSIGHT_KERNELS_ONLY)
  find_package(Catch2 2.13 REQUIRED)
  return()
endif()
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece)
# What a tokenizer.json needs: regular expressions with Unicode's properties, and normal forms.
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8>=10.40)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(ffmpeg REQUIRED IMPORTED_TARGET libavformat libavcodec libavfilter libavutil libswresample libswscale)
# JPEG and WebP images as PIL decodes them; core/media/image_file.h says why FFmpeg's decoders are not enough.
find_package(JPEG REQUIRED)
# Text, rules and legends on pictures.
pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(webp REQUIRED IMPORTED_TARGET libwebp libwebpdemux)
# HEIC and AVIF pictures, which FFmpeg 5 reads in part only.
pkg_check_modules(heif REQUIRED IMPORTED_TARGET libheif)
# Eigenvalues, of which pruning reads a rank. Headers only.
find_package(Eigen3 3.3 REQUIRED)
# The chat store: its database, compressed traces, and hashes of videos.
pkg_check_modules(store REQUIRED IMPORTED_TARGET sqlite3>=3.37 libzstd libxxhash)
# Models from a hub: HTTP, and the hashes by which a hub names content.
pkg_check_modules(hub REQUIRED IMPORTED_TARGET libcurl>=7.85 libcrypto>=3)
if(SPARSIGHT_APP)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Network Qml Quick QuickControls2 Multimedia Test LinguistTools)
  # The desktop's portal: its file dialogs and settings.
  if(UNIX AND NOT APPLE)
    find_package(Qt6 6.4 REQUIRED COMPONENTS DBus)
  endif()
endif()
if(SPARSIGHT_TESTS)
  find_package(Catch2 2.13 REQUIRED)
endif()
