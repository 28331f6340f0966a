using System.Globalization;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>Everything that decides what the shards of a text hold, by name: work made by another recipe is never used.</summary>
internal static class Recipe
{
    public static IReadOnlyList<(string Name, string Value)> Of(Tokenizer tokenizer, CorpusOptions options, EvaluationIndex evaluation) => Of(
        tokenizer.Hash, options.ForManifest(),
        options.Sources.Select(source => (source.Name, source.Domain, source.Weight, source.CapBytes)),
        evaluation.Files);

    public static IReadOnlyList<(string Name, string Value)> Of(ShardManifest manifest) => Of(
        manifest.TokenizerHash, manifest.Options,
        manifest.Sources.Select(source => (source.Name, source.Domain, source.Weight, source.CapBytes)),
        manifest.Evaluations);

    /// <summary>The first difference, to follow "they were made"; null when there is none.</summary>
    public static string? Difference(IReadOnlyList<(string Name, string Value)> before, IReadOnlyList<(string Name, string Value)> now)
    {
        var values = now.ToDictionary(entry => entry.Name, entry => entry.Value);
        foreach (var (name, value) in before)
            if (!values.Remove(name, out var other)) return $"with {name}";
            else if (other != value) return $"with {name} {value}, not {other}";
        return values.Count > 0 ? $"without {values.Keys.First()}" : null;
    }

    private static IReadOnlyList<(string, string)> Of(
        string tokenizer, ManifestOptions options, IEnumerable<(string Name, string Domain, double Weight, long? Cap)> sources,
        IEnumerable<ManifestEvaluation> evaluations) =>
    [
        ("tokenizer", tokenizer),
        (nameof(options.ValidationShare), Text(options.ValidationShare)),
        (nameof(options.MinimumCharacters), Text(options.MinimumCharacters)),
        (nameof(options.MinimumTokens), Text(options.MinimumTokens)),
        (nameof(options.MinimumTurkish), Text(options.MinimumTurkish)),
        (nameof(options.NearDuplicateSimilarity), Text(options.NearDuplicateSimilarity)),
        (nameof(options.OverlapWords), Text(options.OverlapWords)),
        (nameof(options.ValidationOverlap), Text(options.ValidationOverlap)),
        (nameof(options.InvalidText), options.InvalidText.ToString()),
        (nameof(options.Seed), Text(options.Seed)),
        (nameof(options.TokensPerShard), Text(options.TokensPerShard)),
        .. sources.Select(source => ($"source {source.Name}",
            $"(weight {Text(source.Weight)}, cap {Text(source.Cap)}, domain \"{source.Domain}\")")),
        .. evaluations.Select((file, i) => (Text(i + 1) + ". evaluation file", $"{file.File} ({file.Sha256})")),
    ];

    private static string Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "none";
}
