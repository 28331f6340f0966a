using TurkishLlm.Model.Parameters;
using static System.FormattableString;

namespace TurkishLlm.Model.Formats;

/// <summary>Detects the preset of a weights file from its shapes.</summary>
public static class PresetDetector
{
    private static readonly (string Name, ModelConfig Config)[] Presets = [("v1", ModelConfig.V1), ("v2", ModelConfig.V2)];

    /// <summary>Returns the preset with the shapes of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="rename">Maps a name in the file to ours.</param>
    /// <exception cref="InvalidDataException">
    /// No preset has these shapes. Shapes do not determine heads and length, so a configuration is needed.
    /// </exception>
    public static ModelConfig Detect(ITensorFile file, Func<string, string> rename)
    {
        var stored = file
            .Tensors.GroupBy(t => rename(t.Name), StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => same.First().Shape, StringComparer.Ordinal);
        foreach (var (_, config) in Presets)
            if (
                ParameterTable
                    .GetShapes(config)
                    .All(wanted => stored.TryGetValue(wanted.Name, out var shape) && shape.SequenceEqual(wanted.Shape)))
                return config;

        throw new InvalidDataException(
            $"{file.Path} holds the weights of neither "
                + $"{string.Join(" nor ", Presets.Select(p => p.Name))}{DescribeSizes(stored)}. "
                + "Pass its configuration with --config FILE: the weights do not determine the number of heads and the length.");
    }

    private static string DescribeSizes(Dictionary<string, IReadOnlyList<long>> stored)
    {
        if (stored.GetValueOrDefault("embed_tokens.weight") is not [var vocabulary, var width]) return "";
        var layers = stored.Keys.Count(key => key.EndsWith(".attn_norm.weight", StringComparison.Ordinal));
        return Invariant($": its vocabulary has {vocabulary} entries, its width is {width}, it has {layers} layers");
    }
}
