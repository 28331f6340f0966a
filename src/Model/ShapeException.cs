using TorchSharp;

namespace TurkishLlm.Model;

/// <summary>A tensor does not have the axes that a module takes.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <param name="message">Who takes what, and what came.</param>
    public ShapeException(string message) : base(message)
    {
    }

    /// <summary>Checks the axes of an input at the door of a module.</summary>
    /// <param name="tensor">The input.</param>
    /// <param name="module">Who takes it.</param>
    /// <param name="axes">Name and size of each axis; a size of null is free.</param>
    /// <exception cref="ShapeException">The number of axes or a fixed size differs.</exception>
    public static void ThrowIfMismatch(torch.Tensor tensor, string module, params ReadOnlySpan<(string Name, long? Size)> axes)
    {
        var shape = tensor.shape;
        var fits = shape.Length == axes.Length;
        for (var i = 0; fits && i < axes.Length; i++) fits = axes[i].Size is not { } size || size == shape[i];
        if (fits) return;

        var wanted = string.Join(", ", axes.ToArray().Select(a => a.Size is { } size ? $"{a.Name}={size}" : a.Name));
        throw new ShapeException($"{module} takes [{wanted}] but received [{string.Join(", ", shape)}].");
    }
}
