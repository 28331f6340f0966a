using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>The decoded output of a preparation, in the order of the shards.</summary>
/// <param name="Train">Training documents, copies included.</param>
/// <param name="Validation">Validation documents.</param>
public sealed record PreparedText(IReadOnlyList<string> Train, IReadOnlyList<string> Validation);

/// <summary>A source of a corpus.</summary>
/// <param name="Documents">Its documents.</param>
/// <param name="Weight">How often each is written for training.</param>
/// <param name="CapBytes">Maximum bytes of text; null for no limit.</param>
public sealed record WeightedDocuments(IReadOnlyList<string> Documents, double Weight, long? CapBytes = null);

/// <summary>Runs the real preparation on texts.</summary>
internal static class PreparationRunner
{
    /// <param name="at">The conditions, for the tokenizer.</param>
    /// <param name="sources">Documents of each source, and its weight.</param>
    /// <param name="questions">
    /// Texts of evaluation files, which the shards must not contain: every other one is in a file of JSON, the rest in a file
    /// of text.
    /// </param>
    public static PreparedText Run(
        Conditions at, IReadOnlyList<(IReadOnlyList<string> Documents, double Weight)> sources,
        IReadOnlyList<string>? questions = null) =>
        Run(at, [.. sources.Select(source => new WeightedDocuments(source.Documents, source.Weight))], questions);

    /// <summary>Prepares sources that may have a cap, as above, with changed options.</summary>
    public static PreparedText Run(
        Conditions at, IReadOnlyList<WeightedDocuments> sources, IReadOnlyList<string>? questions = null,
        Func<CorpusOptions, CorpusOptions>? options = null)
    {
        using var shards = new TemporaryShards();
        var given = sources.Select((source, i) =>
        {
            var path = shards[FormattableString.Invariant($"{i}.txt")];
            File.WriteAllText(path, string.Join("\n\n", source.Documents));
            return new CorpusSource(Path.GetFileName(path), path, source.Weight, source.CapBytes);
        }).ToArray();
        if (questions is not null)
        {
            var byFile = questions.Index().ToLookup(question => question.Index % 2 == 0, question => question.Item);
            File.WriteAllLines(
                shards["questions.jsonl"], byFile[true].Select(question => JsonSerializer.Serialize(new { question })));
            File.WriteAllText(shards["questions.txt"], string.Join("\n\n", byFile[false]));
        }

        var chosen = new CorpusOptions(given, shards["out"], ValidationShare: 0.08)
        {
            EvaluationFiles = questions is null ? [] : [shards["questions.jsonl"], shards["questions.txt"]],
            Seed = at.Seed,
        };
        CorpusPreparation.Prepare(at.Tokenizer, options?.Invoke(chosen) ?? chosen);
        using var data = TokenDataset.Open(shards["out"]);
        return new(Text(data.Train), Text(data.Validation));

        IReadOnlyList<string> Text(TokenShard shard) =>
            [
                .. DocumentTokens
                    .SplitDocuments(DocumentTokens.ReadFirstTokens(shard, int.MaxValue))
                    .Select(ids => at.Tokenizer.Decode(ids.Select(id => (int)id))),
            ];
    }
}
