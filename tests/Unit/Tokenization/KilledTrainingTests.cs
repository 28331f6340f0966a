using System.Security.Cryptography;
using FluentAssertions;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>
/// The training of a tokenizer that is killed before any document, so that only its folder of counts remains.
/// </summary>
public sealed class KilledTrainingTests : IDisposable
{
    private const int Size = 285;

    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-killed").FullName;
    private readonly List<Dictionary<string, byte[]>> _moments = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Killed_at_any_moment_and_started_again_it_gives_the_same_tokenizer_counts_and_report()
    {
        var counts = Path.Combine(_folder, "whole");
        var whole = BytePairTrainer.Train(Sources(() => Remember(counts)), Options(counts));
        var expected = Contents(counts);
        _moments.Should().HaveCountGreaterThan(8).And.Contain(
            moment => moment.Keys.Any(name => name.Contains(".runs", StringComparison.Ordinal)),
            "a kill with counts that were spilled is part of this test");

        foreach (var files in _moments)
        {
            var again = Path.Combine(_folder, "again");
            foreach (var (name, content) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(again, name))!);
                File.WriteAllBytes(Path.Combine(again, name), content);
            }
            var resumed = BytePairTrainer.Train(Sources(() => { }), Options(again));
            (resumed.Tokenizer.Hash, resumed.PreTokenCount, resumed.MinFrequency, resumed.SkippedPreTokenCount)
                .Should()
                .Be((whole.Tokenizer.Hash, whole.PreTokenCount, whole.MinFrequency, whole.SkippedPreTokenCount));
            resumed.ReusedFileCount.Should().Be(files.Keys.Count(name => name.EndsWith(".counts", StringComparison.Ordinal)));
            Contents(again).Should().Equal(expected);
            Directory.Delete(again, recursive: true);
        }
    }

    private static BytePairOptions Options(string counts) =>
        new(Size, counts) { Threads = 1, PreTokensPerThread = 25, MaxPreTokens = 90 };

    // Three files with three documents each; counts are spilled between documents.
    private TrainingSource[] Sources(Action beforeDocument) =>
    [
        .. Enumerable.Range(0, 3).Select(i =>
        {
            string[] documents =
                [.. Enumerable.Range(0, 3).Select(j => TurkishSamples.Page[(40 * i + 11 * j)..] + $" {i} {j}")];
            var path = Path.Combine(_folder, $"{i}.txt");
            File.WriteAllText(path, string.Join("\n\n", documents));
            return new TrainingSource(path, () => documents.Select(document =>
            {
                beforeDocument();
                return document;
            }));
        }),
    ];

    private void Remember(string counts) => _moments.Add(Directory.Exists(counts)
        ? Directory.EnumerateFiles(counts, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(counts, file), File.ReadAllBytes)
        : []);

    private static IEnumerable<string> Contents(string folder) => Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(file =>
            $"{Path.GetRelativePath(folder, file)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}");
}
