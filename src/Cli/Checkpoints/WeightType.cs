using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Formats.Gguf;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary>Data type of exported weights: option <c>--dtype</c>.</summary>
/// <param name="Name">Name of PyTorch; that of GGUF for a type that PyTorch does not have.</param>
/// <param name="ShortName">Name of GGUF.</param>
/// <param name="Gguf">The type in GGUF files.</param>
/// <param name="Safetensors">The type in safetensors files; null for a type that only GGUF files have.</param>
internal sealed record WeightType(string Name, string ShortName, GgufTensorType Gguf, SafetensorsDtype? Safetensors)
{
    private static readonly WeightType[] All =
    [
        new("float32", "f32", GgufTensorType.F32, SafetensorsDtype.F32),
        new("bfloat16", "bf16", GgufTensorType.BF16, SafetensorsDtype.BF16),
        new("float16", "f16", GgufTensorType.F16, null),
        new("q8_0", "q8_0", GgufTensorType.Q8_0, null),
    ];

    /// <summary>All names that can be given.</summary>
    public static string[] Names => [.. All.SelectMany(type => new[] { type.Name, type.ShortName }).Distinct()];

    /// <summary>Returns the type of a name.</summary>
    public static WeightType Parse(string name) => All.Single(type => type.Name == name || type.ShortName == name);

    /// <summary>Returns the type in safetensors files.</summary>
    /// <param name="format">The format, for the error message.</param>
    /// <exception cref="ConfigurationException">Only GGUF files have the type.</exception>
    public SafetensorsDtype ForSafetensors(string format) => Safetensors ?? throw new ConfigurationException(
        $"--dtype {Name} exists in GGUF files only. Use --format gguf, or with --format {format} one of "
            + $"{string.Join(", ", All.Where(type => type.Safetensors is not null).Select(type => type.Name))}.");
}
