using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The C surface of the shim, one import per export; see native/*.cpp.</summary>
internal static unsafe partial class Native
{
    private const string Library = "turkishllm_torch";

    static Native()
    {
        TurkishLlm.Torch.CpuSettings.ApplyBeforeLoad();
        NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);
        if (TurkishLlm.Torch.CpuSettings.KeepsFreedMemory) tllm_keep_freed_memory();
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library) return 0;
        var file = Path.Combine(AppContext.BaseDirectory, $"lib{Library}.so");
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (DllNotFoundException error)
        {
            throw new DllNotFoundException(
                $"{file} could not be loaded. Type ./run setup && ./run build (./turkishllm-gpu setup where the program was published), or set TORCH_DIR to a libtorch folder before that. ({error.Message})", error);
        }
    }

    /// <summary>Turns a failed call into the exception TorchSharp throws.</summary>
    internal static void Check(int result)
    {
        if (result != 0) throw new ExternalException(Marshal.PtrToStringUTF8(tllm_last_error()));
    }

    [LibraryImport(Library)] internal static partial nint tllm_last_error();

    [LibraryImport(Library)] internal static partial int tllm_find_operator(byte* name, byte* overload, nint* handle);
    [LibraryImport(Library)] internal static partial int tllm_has_operator(byte* name, byte* overload, int* found);
    [LibraryImport(Library)] internal static partial int tllm_call(nint op, NativeArgument* arguments, int count, NativeArgument* results, int capacity, int* written);

    [LibraryImport(Library)] internal static partial void tllm_release(nint tensor);
    [LibraryImport(Library)] internal static partial nint tllm_alias(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int tllm_dim(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial void tllm_sizes(nint tensor, long* sizes, long* strides);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long tllm_numel(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int tllm_dtype(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long tllm_element_size(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long tllm_storage_offset(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int tllm_is_contiguous(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial void tllm_device(nint tensor, int* type, int* index);
    [LibraryImport(Library)] internal static partial int tllm_data(nint tensor, void** data);
    [LibraryImport(Library)] internal static partial int tllm_from_memory(void* data, long* sizes, int dims, int dtype, nint* handle);

    [LibraryImport(Library)] internal static partial int tllm_requires_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int tllm_is_leaf(nint tensor);
    [LibraryImport(Library)] internal static partial int tllm_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] internal static partial nint tllm_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int tllm_set_grad(nint tensor, nint gradient);
    [LibraryImport(Library)] internal static partial int tllm_backward(nint tensor, nint gradient, int retain, int create);
    [LibraryImport(Library)] internal static partial int tllm_autograd_grad(nint* outputs, int outputCount, nint* inputs, int inputCount, nint* outputGradients, int retain, int create, int allowUnused, nint* gradients);
    [LibraryImport(Library)] internal static partial int tllm_grad_mode();
    [LibraryImport(Library)] internal static partial void tllm_set_grad_mode(int enabled);

    [LibraryImport(Library)] internal static partial void tllm_keep_freed_memory();
    [LibraryImport(Library)] internal static partial void tllm_play_device(int on);
    [LibraryImport(Library)] internal static partial int tllm_demand_equal_bits();
    [LibraryImport(Library)] internal static partial nint tllm_version();
    [LibraryImport(Library)] internal static partial void tllm_set_threads(int count);
    [LibraryImport(Library)] internal static partial int tllm_threads();
    [LibraryImport(Library)] internal static partial int tllm_cuda_devices();
    [LibraryImport(Library)] internal static partial int tllm_synchronize(int type, int index);
    [LibraryImport(Library)] internal static partial int tllm_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial int tllm_get_rng_state(int type, int index, nint* state);
    [LibraryImport(Library)] internal static partial int tllm_set_rng_state(int type, int index, nint state);
    [LibraryImport(Library)] internal static partial int tllm_generator_new(long seed, nint* generator);
    [LibraryImport(Library)] internal static partial void tllm_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int tllm_generator_state(nint generator, nint* state);
    [LibraryImport(Library)] internal static partial int tllm_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)] internal static partial nint tllm_collectives_missing(int type);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int tllm_store_open(string host, int port, int hosts, long timeout, string prefix, nint* store);
    [LibraryImport(Library)] internal static partial void tllm_store_close(nint store);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int tllm_store_set(nint store, string key, byte* value, int length);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int tllm_store_get(nint store, string key, nint* value);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int tllm_store_has(nint store, string key, int* found);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int tllm_store_add(nint store, string key, long amount, long* sum);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int tllm_store_delete(nint store, string key);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int tllm_collectives_open(nint store, string host, int rank, int size, long timeout, int type, int index, nint* collectives);
    [LibraryImport(Library)] internal static partial void tllm_collectives_close(nint collectives);
    [LibraryImport(Library)] internal static partial int tllm_collectives_sum(nint collectives, nint tensor);
}
