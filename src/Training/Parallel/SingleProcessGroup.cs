using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>The group of a process that trains by itself: its sums are what it gives to them.</summary>
public sealed class SingleProcessGroup : IProcessGroup
{
    private SingleProcessGroup()
    {
    }

    /// <summary>The only one.</summary>
    public static SingleProcessGroup Instance { get; } = new();

    /// <inheritdoc/>
    public DistributedContext Context => DistributedContext.Alone;

    /// <inheritdoc/>
    public void Sum(Tensor tensor)
    {
    }

    /// <inheritdoc/>
    public long Sum(long number) => number;

    /// <inheritdoc/>
    public double Sum(double number) => number;

    /// <inheritdoc/>
    public IReadOnlyList<string> Gather(string text) => [text];

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
