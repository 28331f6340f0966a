using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>The group of a process that trains by itself: its sums are what it gives to them.</summary>
public sealed class OneProcess : IProcessGroup
{
    private OneProcess()
    {
    }

    /// <summary>The only one.</summary>
    public static OneProcess Instance { get; } = new();

    /// <inheritdoc/>
    public World World => World.Alone;

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
