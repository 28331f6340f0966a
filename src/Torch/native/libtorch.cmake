# A torch folder: what Python's `torch` is, or an unpacked libtorch archive; include/ and lib/. Its own package files ask for a
# CUDA toolkit wherever libtorch has CUDA, but a program that includes no CUDA header needs none, so they are not read.
#
# use_torch_folder(FOLDER) sets what find_package(Torch) would, where FOLDER is one; else find_package looks there.

macro(use_torch_folder folder)
  if(EXISTS "${folder}/lib/libtorch_cpu.so" AND EXISTS "${folder}/include/torch/csrc/api/include/torch/version.h")
    set(TORCH_INSTALL_PREFIX "${folder}")
    read_torch_version("${folder}/include")
    link_torch_folder("${folder}")
    set(TORCH_LIBRARIES torch_folder)
    set(TORCH_CXX_FLAGS)
    set(Torch_FOUND TRUE)
  else()
    list(PREPEND CMAKE_PREFIX_PATH "${folder}" "${folder}/share/cmake")
  endif()
endmacro()

# The header that has the numbers has moved once.
function(read_torch_version headers)
  foreach(header torch/csrc/api/include/torch/version.h torch/headeronly/version.h)
    if(EXISTS "${headers}/${header}")
      file(STRINGS "${headers}/${header}" numbers REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
      list(TRANSFORM numbers REPLACE "[^0-9]+" "")
      if(numbers)
        list(JOIN numbers "." version)
        set(Torch_VERSION "${version}" PARENT_SCOPE)
      endif()
    endif()
  endforeach()
endfunction()

function(link_torch_folder folder)
  set(libraries)
  foreach(name torch torch_cpu c10 torch_cuda c10_cuda)
    if(EXISTS "${folder}/lib/lib${name}.so")
      list(APPEND libraries "${folder}/lib/lib${name}.so")
    endif()
  endforeach()

  # Which strings libtorch was compiled with, and which groups of processes it has, shows in the names it exports.
  exports(new_strings "${folder}/lib/libc10.so" "_ZNK?3c10[A-Za-z0-9_]*__cxx11")
  exports(gloo "${folder}/lib/libtorch_cpu.so" "_ZN4c10d16ProcessGroupGlooC1E")
  exports(nccl "${folder}/lib/libtorch_cuda.so" "_ZN4c10d16ProcessGroupNCCLC1E")
  set(definitions "_GLIBCXX_USE_CXX11_ABI=${new_strings}")
  if(gloo)
    list(APPEND definitions USE_DISTRIBUTED USE_C10D_GLOO)
  endif()
  if(nccl)
    list(APPEND definitions USE_C10D_NCCL)
  endif()

  # Its own OpenMP where it brings one: a second one in the process would have threads of its own.
  file(GLOB gomp "${folder}/lib/libgomp*.so*")
  if(gomp)
    list(GET gomp 0 gomp)
    set(OpenMP_gomp_LIBRARY "${gomp}" CACHE FILEPATH "libtorch's OpenMP")
  endif()

  # Nothing here calls into libtorch_cuda by name: without the flag the linker would leave it out, and there would be no CUDA.
  add_library(torch_folder INTERFACE IMPORTED)
  set_target_properties(torch_folder PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${folder}/include;${folder}/include/torch/csrc/api/include"
    INTERFACE_COMPILE_DEFINITIONS "${definitions}"
    INTERFACE_LINK_LIBRARIES "-Wl,--no-as-needed;${libraries};-Wl,--as-needed")
endfunction()

# 1 where a library has a name like the pattern, else 0; its hundreds of megabytes are more than CMake itself can read.
function(exports result library pattern)
  set(${result} 0 PARENT_SCOPE)
  execute_process(COMMAND grep -aqE "${pattern}" "${library}" RESULT_VARIABLE missing ERROR_QUIET)
  if(missing EQUAL 0)
    set(${result} 1 PARENT_SCOPE)
  endif()
endfunction()
