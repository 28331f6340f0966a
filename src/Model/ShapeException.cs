using TorchSharp;

namespace TurkishLlm.Model;

/// <summary>Thrown when a tensor does not have the axes that a module expects.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <param name="message">The expected and the actual axes.</param>
    public ShapeException(string message) : base(message)
    {
    }

    /// <summary>Throws if an input of a module has other axes than expected.</summary>
    /// <param name="tensor">The input.</param>
    /// <param name="module">Name of the module.</param>
    /// <param name="axes">Name and size of each axis; null for any size.</param>
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
