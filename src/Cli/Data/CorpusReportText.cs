using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Cli.Data;

/// <summary>Prints the report of a corpus preparation: documents per filter, and the mixture.</summary>
internal static class CorpusReportText
{
    public static void Write(Display display, CorpusReport report)
    {
        var manifest = report.Manifest;
        foreach (var note in report.Notes) display.WriteLine(note);
        if (report.Reused) display.WriteLine($"Already prepared: {Format.RelativePaths(report.Output)}");

        display.WriteTable(["funnel", "documents", "text"], GetFunnelRows(manifest));
        display.WriteLine();
        display.WriteTable(
            ["source", "domain", "weight", "documents", "validation", "tokens", "share"],
            GetMixtureRows(manifest));

        foreach (var file in manifest.Sources.SelectMany(source => source.Files).Where(file => file.FirstInvalidByte is not null))
            display.WriteLine(
                $"{file.File} has documents that are not {(file.Rows is null ? "valid UTF-8" : "text")}, the first at offset "
                    + $"{Format.Count(file.FirstInvalidByte!.Value)}.");
        foreach (var file in manifest.Evaluations)
            display.WriteLine(
                $"{file.File}: {Format.Count(file.Excluded, "document shares", "documents share")} text with it and "
                    + $"{(file.Excluded == 1 ? "was" : "were")} skipped; "
                    + $"{Format.Count(file.ShortTexts)} of its {Format.Count(file.Texts)} texts are too short to "
                    + "compare.");
        WritePersonalData(display, manifest);
        var overlap = manifest.ValidationOverlap;
        display.WriteLine(
            $"Of {Format.Count(overlap.Documents, "validation document")}, {Format.Count(overlap.Overlapping)} "
                + $"share a run of {Format.Count(manifest.Options.OverlapWords, "word")} with training; "
                + $"{Format.Count(overlap.Excluded)} "
                + $"share {Format.Invariant($"{manifest.Options.ValidationOverlap:P0}")} or more and were skipped.");
        display.WriteLine(
            $"{Format.Count(manifest.CountTokens(DataSplit.Train))} training tokens, "
                + $"{Format.Count(manifest.CountTokens(DataSplit.Validation))} validation tokens → "
                + $"{Format.RelativePaths(report.Output)}");
    }

    private static void WritePersonalData(Display display, ShardManifest manifest)
    {
        if (manifest.Options.PersonalData is not { } action) return;
        var counts = manifest.Sources.SelectMany(source => source.PersonalData ?? [])
            .GroupBy(found => found.Kind)
            .OrderBy(kind => kind.Key)
            .Select(kind => PersonalDataNames.Count(kind.Key, kind.Sum(found => found.Count)))
            .ToArray();
        display.WriteLine(
            $"Personal data {(action == PersonalDataAction.Mask ? "masked" : "found, documents with it skipped")}: "
                + $"{(counts.Length == 0 ? "none" : string.Join(", ", counts))}.");
    }

    private static IEnumerable<IReadOnlyList<string>> GetFunnelRows(ShardManifest manifest)
    {
        yield return Row("read", manifest.Read());
        foreach (var reason in Enum.GetValues<ExclusionReason>())
            if (manifest.GetExcluded(reason) is { Documents: > 0 } left) yield return Row($"− {GetDisplayName(reason)}", left);
        yield return Row("train", manifest.Sources.Aggregate(default(Tally), (sum, source) => sum + source.Train));
        yield return Row("validation", manifest.Sources.Aggregate(default(Tally), (sum, source) => sum + source.Validation));

        static IReadOnlyList<string> Row(string name, Tally tally) =>
            [name, Format.Count(tally.Documents), Format.Bytes(tally.Bytes)];
    }

    private static IEnumerable<IReadOnlyList<string>> GetMixtureRows(ShardManifest manifest)
    {
        var all = (double)manifest.CountTokens(DataSplit.Train);
        return manifest.Sources.Select(source => (IReadOnlyList<string>)
        [
            source.Name,
            source.Domain, Format.Invariant($"{source.Weight:0.##}"), Format.Count(source.Train.Documents),
            Format.Count(source.Validation.Documents),
            Format.Count(source.TrainTokens), Format.Invariant($"{source.TrainTokens / all:P1}"),
        ]);
    }

    private static string GetDisplayName(ExclusionReason reason) => reason switch
    {
        ExclusionReason.InvalidUtf8 => "not text",
        ExclusionReason.TooFewCharacters => "too few characters",
        ExclusionReason.NotTurkish => "not Turkish",
        ExclusionReason.EvaluationOverlap => "in an evaluation file",
        ExclusionReason.PersonalData => "with personal data",
        ExclusionReason.TooFewTokens => "too few tokens",
        ExclusionReason.Duplicate => "duplicate",
        ExclusionReason.NearDuplicate => "near-duplicate",
        ExclusionReason.OverCap => "over the cap of its source",
        ExclusionReason.UnderWeight => "cut by a weight below 1",
        _ => "validation overlap",
    };
}
