using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Model.Formats;

/// <summary>Tells which model a file of weights is for, as far as shapes can say it.</summary>
public static class PresetDetector
{
    private static readonly (string Name, ModelConfig Config)[] Presets = [("v1", ModelConfig.V1), ("v2", ModelConfig.V2)];

    /// <summary>The preset whose weights a file holds.</summary>
    /// <param name="file">The file.</param>
    /// <param name="rename">Turns a name of the file into ours.</param>
    /// <exception cref="InvalidDataException">It holds those of none: heads and length cannot be read off shapes, so a configuration is needed.</exception>
    public static ModelConfig Detect(ITensorFile file, Func<string, string> rename)
    {
        var stored = file.Tensors.GroupBy(t => rename(t.Name), StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.First().Shape, StringComparer.Ordinal);
        foreach (var (_, config) in Presets)
            if (ParameterTable.GetShapes(config).All(wanted => stored.TryGetValue(wanted.Name, out var shape) && shape.SequenceEqual(wanted.Shape))) return config;

        throw new InvalidDataException(
            $"{file.Path} holds the weights of neither {string.Join(" nor ", Presets.Select(p => p.Name))}{DescribeSizes(stored)}. Give its configuration with --config FILE: the number of heads and the length cannot be read off the weights.");
    }

    private static string DescribeSizes(Dictionary<string, IReadOnlyList<long>> stored)
    {
        if (stored.GetValueOrDefault("embed_tokens.weight") is not [var vocabulary, var width]) return "";
        var layers = stored.Keys.Count(key => key.EndsWith(".attn_norm.weight", StringComparison.Ordinal));
        return FormattableString.Invariant($": its vocabulary has {vocabulary} entries, its width is {width}, it has {layers} layers");
    }
}
