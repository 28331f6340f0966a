using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Torch;

/// <summary>A table of texts that several processes share. One of them keeps it; where that one ends, every call of the others fails.</summary>
/// <remarks>c10d's TCPStore. No call waits but <see cref="Open"/>. Safe to use from many threads.</remarks>
public sealed unsafe class SharedStore : IDisposable
{
    private nint _handle;

    private SharedStore(nint handle) => _handle = handle;

    ~SharedStore() => Free();

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(SharedStore));

    /// <summary>Opens the store, or makes it.</summary>
    /// <param name="host">Machine of the process that keeps it.</param>
    /// <param name="port">Where that one listens.</param>
    /// <param name="keep">True to be the one that keeps it.</param>
    /// <param name="timeout">How long to try to reach it.</param>
    /// <param name="prefix">Goes before every key, so that several users of one store do not meet.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">It was not reached in time, or the port is taken.</exception>
    public static SharedStore Open(string host, int port, bool keep, TimeSpan timeout, string prefix)
    {
        nint handle;
        Native.Check(Native.tllm_store_open(host, port, keep ? 1 : 0, (long)timeout.TotalMilliseconds, prefix, &handle));
        return new SharedStore(handle);
    }

    /// <summary>Writes a value.</summary>
    public void Set(string key, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* data = bytes) Native.Check(Native.tllm_store_set(Handle, key, data, bytes.Length));
    }

    /// <summary>Reads a value; null where there is none.</summary>
    public string? Get(string key)
    {
        int found;
        Native.Check(Native.tllm_store_has(Handle, key, &found));
        if (found == 0) return null;
        nint value;
        Native.Check(Native.tllm_store_get(Handle, key, &value));
        using var bytes = new Tensor(value);
        return Encoding.UTF8.GetString(bytes.bytes);
    }

    /// <summary>Adds to a number, which begins at 0, and reads it.</summary>
    public long Add(string key, long amount)
    {
        long sum;
        Native.Check(Native.tllm_store_add(Handle, key, amount, &sum));
        return sum;
    }

    /// <summary>Forgets a value.</summary>
    public void Delete(string key) => Native.Check(Native.tllm_store_delete(Handle, key));

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0) Native.tllm_store_close(handle);
    }
}
