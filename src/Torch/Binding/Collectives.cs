using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Torch;

/// <summary>Operations that all processes of a group take part in, each with a tensor of its own.</summary>
/// <remarks>libtorch's own process groups: gloo for tensors in ordinary memory, NCCL for those on NVIDIA devices.</remarks>
public sealed unsafe class Collectives : IDisposable
{
    private nint _handle;

    private Collectives(nint handle) => _handle = handle;

    ~Collectives() => Free();

    /// <summary>Why tensors of a device cannot be summed over processes here; null when they can.</summary>
    public static string? Missing(Device device) => Marshal.PtrToStringUTF8(Native.tllm_collectives_missing((int)device.type));

    /// <summary>Connects to every other process of the group; returns when all are connected.</summary>
    /// <param name="store">Where they meet. Not owned, and used by nobody else.</param>
    /// <param name="host">Machine of the process that keeps the store; decides the network that is used.</param>
    /// <param name="rank">Number of this process, 0 … <paramref name="size"/> − 1.</param>
    /// <param name="size">Number of processes.</param>
    /// <param name="timeout">How long an operation waits for the others before it fails.</param>
    /// <param name="device">Device of this process; tensors on the processor can be summed besides.</param>
    /// <exception cref="ExternalException">The others did not come in time.</exception>
    public static Collectives Open(SharedStore store, string host, int rank, int size, TimeSpan timeout, Device device)
    {
        nint handle;
        Native.Check(Native.tllm_collectives_open(store.Handle, host, rank, size, (long)timeout.TotalMilliseconds, (int)device.type, device.index, &handle));
        return new Collectives(handle);
    }

    /// <summary>Replaces a tensor, in place, by its sum over all processes; all of them get the same bits.</summary>
    /// <param name="tensor">Contiguous; of the same shape and number type everywhere.</param>
    /// <exception cref="ExternalException">A process is gone, or did not come within the time-out.</exception>
    public void Sum(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        Native.Check(Native.tllm_collectives_sum(_handle, tensor.Handle));
        GC.KeepAlive(tensor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0) Native.tllm_collectives_close(handle);
    }
}
