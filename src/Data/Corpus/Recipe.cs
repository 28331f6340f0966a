using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// All named values that affect the contents of the shards of a text. Work of an interrupted preparation with another recipe is
/// discarded.
/// </summary>
internal static class Recipe
{
    public static IReadOnlyList<(string Name, string Value)> Create(
        Tokenizer tokenizer, CorpusOptions options,
        EvaluationIndex evaluation) =>
        Create(
        tokenizer.Hash, options.ToManifestOptions(),
        options.Sources.Select(source => (source.Name, source.Domain, source.Weight, source.CapBytes, source.TextField)),
        evaluation.Files);

    public static IReadOnlyList<(string Name, string Value)> Create(ShardManifest manifest) => Create(
        manifest.TokenizerHash, manifest.Options,
        manifest.Sources.Select(source => (source.Name, source.Domain, source.Weight, source.CapBytes, source.TextField ?? "")),
        manifest.Evaluations);

    /// <summary>Returns the first difference as a phrase that follows "they were created", or null.</summary>
    public static string? FindDifference(
        IReadOnlyList<(string Name, string Value)> before, IReadOnlyList<(string Name, string Value)> after)
    {
        var values = after.ToDictionary(entry => entry.Name, entry => entry.Value);
        foreach (var (name, value) in before)
            if (!values.Remove(name, out var other)) return $"with {name}";
            else if (other != value) return $"with {name} {value}, not {other}";
        return values.Count > 0 ? $"without {values.Keys.First()}" : null;
    }

    private static IReadOnlyList<(string, string)> Create(
        string tokenizer, ManifestOptions options,
        IEnumerable<(string Name, string Domain, double Weight, long? Cap, string TextField)> sources,
        IEnumerable<ManifestEvaluation> evaluations) =>
    [
        ("format", "4"),      // of the files in the work folder
        ("tokenizer", tokenizer),
        (nameof(options.ValidationShare), Format(options.ValidationShare)),
        (nameof(options.MinimumCharacters), Format(options.MinimumCharacters)),
        (nameof(options.MinimumTokens), Format(options.MinimumTokens)),
        (nameof(options.MinimumTurkish), Format(options.MinimumTurkish)),
        (nameof(options.KeepDuplicates), options.KeepDuplicates ? "true" : "false"),
        (nameof(options.NearDuplicateSimilarity), Format(options.NearDuplicateSimilarity)),
        (nameof(options.OverlapWords), Format(options.OverlapWords)),
        (nameof(options.ValidationOverlap), Format(options.ValidationOverlap)),
        (nameof(options.InvalidText), options.InvalidText.ToString()),
        (nameof(options.Seed), Format(options.Seed)),
        (nameof(options.TokensPerShard), Format(options.TokensPerShard)),
        (nameof(options.PersonalData), options.PersonalData?.ToString() ?? "none"),
        (nameof(options.FindIpAddresses), options.FindIpAddresses is true ? "yes" : "no"),
        .. sources.Select(source => ($"source {source.Name}",
            $"(weight {Format(source.Weight)}, cap {Format(source.Cap)}, domain \"{source.Domain}\""
                + (source.TextField.Length > 0 ? $", text field \"{source.TextField}\")" : ")"))),
        .. evaluations.Select((file, i) => (Format(i + 1) + ". evaluation file", $"{file.File} ({file.Sha256})")),
    ];

    private static string Format(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "none";
}
