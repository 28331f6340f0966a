using System.Globalization;

namespace TurkishLlm.Plans;

/// <summary>Where a plan wants to compute, before anybody has looked what the machine has.</summary>
/// <param name="Kind">The kind of device.</param>
/// <param name="Index">Which of them; 0 but for CUDA.</param>
public readonly record struct DeviceChoice(DeviceKind Kind, int Index = 0)
{
    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public static bool TryParse(string text, out DeviceChoice choice)
    {
        ArgumentNullException.ThrowIfNull(text);
        choice = text switch { "cpu" => new(DeviceKind.Cpu), "cuda" => new(DeviceKind.Cuda), _ => default };
        if (text is "auto" or "cpu" or "cuda") return true;

        const string prefix = "cuda:";
        if (!text.StartsWith(prefix, StringComparison.Ordinal)) return false;
        if (!int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return false;
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
