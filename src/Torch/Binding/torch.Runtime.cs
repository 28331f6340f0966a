using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public static string __version__ => Marshal.PtrToStringUTF8(Native.tllm_version())!;

    /// <summary>Size of the pool inside one operator, for libtorch and for its BLAS alike.</summary>
    public static void set_num_threads(int num) => Native.tllm_set_threads(num);

    public static int get_num_threads() => Native.tllm_threads();

    /// <summary>What is particular to NVIDIA devices.</summary>
    public static class cuda
    {
        public static bool is_available() => device_count() > 0;
        public static int device_count() => Native.tllm_cuda_devices();
        public static void synchronize(Device? device = null)
        {
            if (is_available()) Native.Check(Native.tllm_synchronize((int)DeviceType.CUDA, device?.index ?? -1));
        }
    }
}
