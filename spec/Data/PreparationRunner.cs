using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Spec.Kernel;

namespace TurkishLlm.Spec.Data;

/// <summary>The decoded output of a preparation, in the order of the shards.</summary>
/// <param name="Train">Training documents, copies included.</param>
/// <param name="Validation">Validation documents.</param>
public sealed record PreparedText(IReadOnlyList<string> Train, IReadOnlyList<string> Validation);

/// <summary>Runs the real preparation on texts.</summary>
internal static class PreparationRunner
{
    /// <param name="at">The conditions, for the tokenizer.</param>
    /// <param name="sources">Documents of each source, and its weight.</param>
    /// <param name="questions">Texts of an evaluation file, which training must not contain.</param>
    public static PreparedText Run(
        Conditions at, IReadOnlyList<(IReadOnlyList<string> Documents, double Weight)> sources,
        IReadOnlyList<string>? questions = null)
    {
        using var shards = new TemporaryShards();
        var given = sources.Select((source, i) =>
        {
            var path = shards[FormattableString.Invariant($"{i}.txt")];
            File.WriteAllText(path, string.Join("\n\n", source.Documents));
            return new CorpusSource(Path.GetFileName(path), path, source.Weight);
        }).ToArray();
        if (questions is not null)
            File.WriteAllLines(
                shards["questions.jsonl"],
                questions.Select(question => JsonSerializer.Serialize(new { question })));

        CorpusPreparation.Prepare(at.Tokenizer, new(given, shards["out"], ValidationShare: 0.08)
        {
            EvaluationFiles = questions is null ? [] : [shards["questions.jsonl"]], Seed = at.Seed,
        });
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
