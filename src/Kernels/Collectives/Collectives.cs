using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>The TorchSharp package has no process groups.</summary>
public sealed class Collectives : IDisposable
{
    /// <summary>Why tensors cannot be summed over processes here.</summary>
    public static string? Missing(Device device) => "the TorchSharp package has no process groups; build over an installed libtorch, without -p:TorchBackend=TorchSharp";

    /// <summary>Not there.</summary>
    public static Collectives Open(SharedStore store, string host, int rank, int size, TimeSpan timeout, Device device) => throw SharedStore.NotThere();

    /// <summary>Not there.</summary>
    public void Sum(Tensor tensor) => throw SharedStore.NotThere();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>The TorchSharp package has no store.</summary>
public sealed class SharedStore : IDisposable
{
    /// <summary>Not there.</summary>
    public static SharedStore Open(string host, int port, bool keep, TimeSpan timeout, string prefix) => throw NotThere();

    /// <summary>Not there.</summary>
    public void Set(string key, string value) => throw NotThere();

    /// <summary>Not there.</summary>
    public string? Get(string key) => throw NotThere();

    /// <summary>Not there.</summary>
    public long Add(string key, long amount) => throw NotThere();

    /// <summary>Not there.</summary>
    public void Delete(string key) => throw NotThere();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    internal static NotSupportedException NotThere() => new("The TorchSharp package has no process groups; ask Collectives.Missing first.");
}
