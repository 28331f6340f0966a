using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Spec.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Property.Data;

public sealed class PreparationProperties : IDisposable
{
    private static readonly Tokenizer Tokenizer = BytePairTrainer.Train(
        Enumerable.Range(0, 50).Select(i => $"İğne {i} ile ölçüldü, çuvaldız {i * 3} ile değil; ıslak şişe kırıldı."),
        vocabularySize: 300);

    private readonly string _directory = Directory.CreateTempSubdirectory("turkishllm-data-").FullName;
    private int _runs;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void DAT_40_near_duplicates() => MixtureSpec.DAT40_NearDuplicates.HoldsFor(Arb.From(
        from different in Gen.Choose(8, 30)
        from words in Gen.Choose(150, 500)
        select new NearDuplicateCase(different, words, ChangedWords: Math.Max(1, words / 250))), count: 20);

    [Fact]
    public void DAT_41_contamination() => MixtureSpec.DAT41_Contamination.HoldsFor(Arb.From(
        from clean in Gen.Choose(20, 50)
        from words in Gen.Choose(20, 120)
        from leaked in Gen.Choose(2, 20)
        select new ContaminationCase(clean, words, leaked)), count: 20);

    [Fact]
    public void DAT_42_mixture_counts() => MixtureSpec.DAT42_Mixture.HoldsFor(Arb.From(
        from first in Gen.Choose(15, 60)
        from second in Gen.Choose(15, 60)
        from weights in Gen.Elements((1.0, 1.0), (0.2, 3.0), (2.75, 0.9), (1.1, 4.0))
        select new MixtureWeightCase(first, second, weights.Item1, weights.Item2)), count: 20);

    [Fact]
    public void DAT_43_estimates_of_similarity() => MixtureSpec.DAT43_MinHash.HoldsFor(Arb.From(
        from words in Gen.Choose(6, 600)
        from similarity in Gen.Choose(1, 99)
        select new SimilarityCase(30, words, similarity / 100.0)), count: 30);

    /// <summary>Sources with duplicates, near-duplicates and short documents, a cap and weights.</summary>
    private static Gen<(int Salt, int[] Copies, int Files, int Stop)> Corpora =>
        from salt in Gen.Choose(0, 1_000_000)
        from copies in Gen.ListOf(Gen.Choose(0, 39), 25)
        from files in Gen.Choose(2, 5)
        from stop in Gen.Choose(0, 6)
        select (salt, copies.ToArray(), files, stop);

    [Fact]
    public void Threads_and_interruptions_do_not_change_a_byte() => Prop.ForAll(Arb.From(Corpora), c =>
    {
        var expected = Path.Combine(_directory, $"{_runs}-expected");
        var options = Options(c, expected) with { Workers = 1 };
        CorpusPreparation.Prepare(Tokenizer, options);

        var interrupted = options with { Output = expected + "-interrupted", Workers = 3 };
        var reports = 0;
        try
        {
            CorpusPreparation.Prepare(Tokenizer, interrupted, new InterruptingProgress(() => reports++ == c.Stop));
        }
        catch (OperationCanceledException)
        {
            CorpusPreparation.Prepare(Tokenizer, interrupted);
        }
        return Bytes(expected).SequenceEqual(Bytes(interrupted.Output));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void No_document_has_a_near_duplicate_on_either_side() => Prop.ForAll(Arb.From(Corpora), c =>
    {
        var output = Path.Combine(_directory, $"{_runs}-shards");
        CorpusPreparation.Prepare(
            Tokenizer, Options(c, output) with
            {
                Sources = [.. Options(c, output).Sources.Select(source => source with { Weight = 1 })],
            });
        using var data = TokenDataset.Open(output);
        var (train, validation) = (Signatures(data.Train), Signatures(data.Validation));
        // At a similarity of 0.97, one pair in fifty billion is not compared.
        var most = train
            .Concat(validation)
            .SelectMany((a, i) => train.Concat(validation).Skip(i + 1).Select(b => MinHash.EstimateSimilarity(a, b)))
            .Max();
        return train.Count > 0 && validation.Count > 0 && most < 0.97;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    private CorpusOptions Options((int Salt, int[] Copies, int Files, int Stop) c, string output)
    {
        string Document(int i) =>
            string.Join(' ', Enumerable.Range(0, 200).Select(k => $"söz{(c.Salt + i * 7919 + k * k * 31) % 9973}"));
        string[] texts =
        [
            .. Enumerable.Range(0, 40).Select(Document),
            .. c.Copies.Select(
                (i, n) =>
                    n % 3 == 0
                        ? Document(i)
                        : Document(i)
                            .Replace(
                                $" söz{(c.Salt + i * 7919 + 100 * 100 * 31) % 9973} ", $" başka{n} ", StringComparison.Ordinal)),
        ];
        var folder = Path.Combine(_directory, $"{_runs++}-text");
        Directory.CreateDirectory(folder);
        var sources = Enumerable.Range(0, c.Files).Select(file =>
        {
            var path = Path.Combine(folder, $"{file}.txt");
            File.WriteAllText(path, string.Join("\n\n", texts.Where((_, i) => i % c.Files == file)));
            return new CorpusSource($"s{file}", path, Weight: 0.5 + file, CapBytes: file == 1 ? 12_000 : null);
        });
        return new([.. sources], output, ValidationShare: 0.2);
    }

    private static IEnumerable<string> Bytes(string directory) => Directory.GetFiles(directory).Order(StringComparer.Ordinal)
        .Select(path =>
            Path.GetFileName(path)
            + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))));

    private static List<ushort[]> Signatures(TokenShard shard)
    {
        List<ushort[]> signatures = [];
        foreach (var (start, length) in new DocumentIndex(shard).EnumerateDocuments())
        {
            var ids = new ushort[length];
            shard.Read(start, ids);
            signatures.Add(MinHash.ComputeSignature(Tokenizer.Decode(ids[1..^1].Select(id => (int)id))));
        }
        return signatures;
    }

    /// <summary>Stops a preparation on request.</summary>
    private sealed class InterruptingProgress(Func<bool> stops) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value)
        {
            if (stops()) throw new OperationCanceledException();
        }
    }
}
