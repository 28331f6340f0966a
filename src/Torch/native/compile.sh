#!/usr/bin/env bash
# Builds the C layer with g++ alone, for machines without cmake: compile.sh TORCH_FOLDER OUTPUT.so
# What each flag is for stands in CMakeLists.txt and libtorch.cmake. Groups of CUDA devices need cmake.
set -euo pipefail
torch=$1 output=$2
cd "$(dirname "${BASH_SOURCE[0]}")"
objects=$(mktemp -d); trap 'rm -r "$objects"' EXIT

number() { sed -n "s/^#define TORCH_VERSION_$1 //p" "$torch"/include/torch/{headeronly,csrc/api/include/torch}/version.h 2>/dev/null | head -1; }
(( $(number MAJOR) * 100 + $(number MINOR) >= 201 )) && standard=c++20 || standard=c++17
new_strings=$(grep -aqE '_ZNK?3c10[A-Za-z0-9_]*__cxx11' "$torch/lib/libc10.so" && echo 1 || echo 0)
gomp=$(compgen -G "$torch/lib/libgomp*.so*" | head -1 || true)

flags=(-std=$standard -O2 -fPIC -fopenmp -fvisibility=hidden -Wall -Wno-unused-function -DNDEBUG -D_GLIBCXX_USE_CXX11_ABI=$new_strings
  -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include" -I "$objects")
kernel_flags=(-O3 -march=native -fopenmp-simd -fno-math-errno -fno-trapping-math -ffp-contract=fast)
group_flags=(-DTLLM_WITHOUT_NCCL)
grep -aq _ZN4c10d16ProcessGroupGlooC1E "$torch/lib/libtorch_cpu.so" && group_flags+=(-DUSE_DISTRIBUTED -DUSE_C10D_GLOO)
for header in algorithm.h common/error.h context.h rendezvous/store.h transport/device.h; do
  mkdir -p "$objects/gloo/$(dirname $header)"
  echo "#include \"$PWD/gloo_names.h\"" >"$objects/gloo/$header"
done
# Kernels for devices are compiled there, from their text.
[[ ! -e device/kernels.cu ]] || printf 'static const char kKernels[] = R"CUDA(%s\n)CUDA";\n' "$(<device/kernels.cu)" >"$objects/kernels_text.h"

compile() {
  local object=$objects/${1//\//_}.o
  case $1 in
    kernels/*) g++ "${flags[@]}" "${kernel_flags[@]}" -c "$1" -o "$object" ;;
    collectives.cpp) g++ "${flags[@]}" "${group_flags[@]}" -c "$1" -o "$object" 2>"$object.errors" ||
                     g++ "${flags[@]}" -DTLLM_WITHOUT_COLLECTIVES -c "$1" -o "$object" ;;
    *) g++ "${flags[@]}" -c "$1" -o "$object" ;;
  esac
}

running=()
for source in *.cpp kernels/*.cpp $(compgen -G 'device/*.cpp' || true); do
  compile "$source" & running+=($!)
  (( ${#running[@]} < $(nproc) )) || { wait "${running[0]}"; running=("${running[@]:1}"); }
done
for process in "${running[@]}"; do wait "$process"; done

libraries=(-ltorch -ltorch_cpu -lc10)
[[ ! -e $torch/lib/libtorch_cuda.so ]] || libraries+=(-ltorch_cuda -lc10_cuda)
g++ -shared -o "$output" "$objects"/*.o -L"$torch/lib" -Wl,-rpath,"$torch/lib" -Wl,--no-as-needed "${libraries[@]}" -Wl,--as-needed ${gomp:-"-lgomp"} -lpthread -ldl
