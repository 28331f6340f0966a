using TurkishLlm.Data;

namespace TurkishLlm.Cli;

/// <summary>What a preparation did, as tables: the funnel from text to shards, and the mixture.</summary>
internal static class CorpusReportText
{
    public static void Write(Display display, CorpusReport report)
    {
        var manifest = report.Manifest;
        foreach (var note in report.Notes) display.Line(note);
        if (report.Reused) display.Line($"Already prepared: {Show.RelativePaths(report.Output)}");

        display.Table(["funnel", "documents", "text"], Funnel(manifest));
        display.Line();
        display.Table(["source", "domain", "weight", "documents", "validation", "tokens", "share"], Mixture(manifest));

        foreach (var file in manifest.Sources.SelectMany(source => source.Files).Where(file => file.FirstInvalidByte is not null))
            display.Line($"{file.File} is not valid UTF-8, first at offset {Show.Count(file.FirstInvalidByte!.Value)}.");
        foreach (var file in manifest.Evaluations)
            display.Line($"{file.File}: {Show.Count(file.LeftOut)} documents shared text with it and were left out; {Show.Count(file.ShortTexts)} of its {Show.Count(file.Texts)} texts are too short to be recognised.");
        var overlap = manifest.ValidationOverlap;
        display.Line($"Of {Show.Count(overlap.Documents)} validation documents {Show.Count(overlap.Overlapping)} share a run of {manifest.Options.OverlapWords} words with training; {Show.Count(overlap.LeftOut)} share {Show.Text($"{manifest.Options.ValidationOverlap:P0}")} or more and were left out.");
        display.Line($"{Show.Count(manifest.Tokens(DataSplit.Train))} tokens to learn from, {Show.Count(manifest.Tokens(DataSplit.Validation))} for validation → {Show.RelativePaths(report.Output)}");
    }

    private static IEnumerable<IReadOnlyList<string>> Funnel(ShardManifest manifest)
    {
        yield return Row("read", manifest.Read());
        foreach (var reason in Enum.GetValues<LeftOutReason>())
            if (manifest.LeftOut(reason) is { Documents: > 0 } left) yield return Row($"− {NameOf(reason)}", left);
        yield return Row("train", manifest.Sources.Aggregate(default(Tally), (sum, source) => sum + source.Train));
        yield return Row("validation", manifest.Sources.Aggregate(default(Tally), (sum, source) => sum + source.Validation));

        static IReadOnlyList<string> Row(string name, Tally tally) => [name, Show.Count(tally.Documents), Show.Bytes(tally.Bytes)];
    }

    private static IEnumerable<IReadOnlyList<string>> Mixture(ShardManifest manifest)
    {
        var all = (double)manifest.Tokens(DataSplit.Train);
        return manifest.Sources.Select(source => (IReadOnlyList<string>)
        [
            source.Name, source.Domain, Show.Text($"{source.Weight:0.##}"), Show.Count(source.Train.Documents), Show.Count(source.Validation.Documents),
            Show.Count(source.TrainTokens), Show.Text($"{source.TrainTokens / all:P1}"),
        ]);
    }

    private static string NameOf(LeftOutReason reason) => reason switch
    {
        LeftOutReason.InvalidUtf8 => "not UTF-8",
        LeftOutReason.TooFewCharacters => "too few characters",
        LeftOutReason.NotTurkish => "not Turkish",
        LeftOutReason.EvaluationOverlap => "in an evaluation file",
        LeftOutReason.TooFewTokens => "too few tokens",
        LeftOutReason.Duplicate => "duplicate",
        LeftOutReason.NearDuplicate => "near-duplicate",
        LeftOutReason.OverCap => "over the cap of its source",
        LeftOutReason.UnderWeight => "cut by a weight below 1",
        _ => "validation that is in training",
    };
}
