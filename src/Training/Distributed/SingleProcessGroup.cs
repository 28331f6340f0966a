using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>The group of a single process: a sum over processes is the value itself.</summary>
public sealed class SingleProcessGroup : IProcessGroup
{
    private SingleProcessGroup()
    {
    }

    /// <summary>The only instance.</summary>
    public static SingleProcessGroup Instance { get; } = new();

    /// <inheritdoc/>
    public DistributedContext Context => DistributedContext.SingleProcess;

    /// <inheritdoc/>
    public void AllReduceSum(Tensor tensor)
    {
    }

    /// <inheritdoc/>
    public long AllReduceSum(long number) => number;

    /// <inheritdoc/>
    public double AllReduceSum(double number) => number;

    /// <inheritdoc/>
    public IReadOnlyList<string> AllGather(string text) => [text];

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
