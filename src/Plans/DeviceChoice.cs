using System.Globalization;

namespace TurkishLlm.Plans;

/// <summary>The device that a plan requests, before it is resolved to a device of the machine.</summary>
/// <param name="Kind">The kind of device.</param>
/// <param name="Index">Index of the CUDA device; otherwise 0.</param>
public readonly record struct DeviceChoice(DeviceKind Kind, int Index = 0)
{
    /// <summary>Parses <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public static bool TryParse(string text, out DeviceChoice choice)
    {
        ArgumentNullException.ThrowIfNull(text);
        choice = text switch { "cpu" => new(DeviceKind.Cpu), "cuda" => new(DeviceKind.Cuda), _ => default };
        if (text is "auto" or "cpu" or "cuda") return true;

        const string prefix = "cuda:";
        if (!text.StartsWith(prefix, StringComparison.Ordinal)) return false;
        if (!int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return false;
        choice = new(DeviceKind.Cuda, index);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DeviceKind.Cpu => "cpu",
        DeviceKind.Cuda => Index == 0 ? "cuda" : string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}"),
        _ => "auto",
    };
}
