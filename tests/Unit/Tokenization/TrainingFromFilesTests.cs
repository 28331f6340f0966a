using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

public sealed class TrainingFromFilesTests : IDisposable
{
    private const int Size = 420;

    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-training").FullName;
    private readonly List<string> _read = [];

    private string Counts => Path.Combine(_folder, "counts");

    private BytePairOptions Options => new(Size, Counts) { Threads = 2 };

    // Twelve files with distinct words; "6" and "7" have the same text.
    private static string[] Texts { get; } =
        [
            .. Enumerable
                .Range(0, 12)
                .Select(i =>
                    TurkishSamples.Page[((i == 7 ? 6 : i) * 31)..] + $" {(i == 7 ? 6 : i)}. dosya\n" + TurkishSamples.Suffixed),
        ];

    private static Tokenizer Expected { get; } = BytePairTrainer.Train(Texts, Size);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Gives_the_same_file_with_any_number_of_threads(int threads)
    {
        var trained = BytePairTrainer.Train(Sources(Texts), Options with { Threads = threads });
        trained.Tokenizer.Save(_folder);
        Convert
            .ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder, "tokenizer.json"))))
            .Should()
            .Be(Expected.Hash);
        // the same text twice
        trained.Should().BeEquivalentTo(new { ReusedFileCount = 1, MinFrequency = 1L, SkippedPreTokenCount = 0L });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60)]
    public void Gives_the_same_tokenizer_when_pieces_do_not_fit_into_memory(int piecesPerThread)
    {
        BytePairTrainer
            .Train(Sources(Texts), Options with { PreTokensPerThread = piecesPerThread })
            .Tokenizer.Hash.Should()
            .Be(Expected.Hash);
        Directory.EnumerateFileSystemEntries(Counts).Should().HaveCount(11).And.OnlyContain(name => name.EndsWith(".counts"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public void Gives_the_same_counts_when_documents_of_a_file_do_not_fit_into_memory(int preTokensPerThread)
    {
        TrainingSource[] sources =
        [
            .. Sources(Texts).Select(source => source with { ReadDocuments = () => File.ReadAllLines(source.Path) }),
        ];
        BytePairTrainer.Train(sources, Options);
        var whole = ReadCounts();
        Directory.Delete(Counts, recursive: true);
        BytePairTrainer.Train(sources, Options with { PreTokensPerThread = preTokensPerThread });
        ReadCounts().Should().BeEquivalentTo(whole);

        Dictionary<string, string> ReadCounts() => Directory.EnumerateFiles(Counts)
            .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexStringLower(File.ReadAllBytes(file)));
    }

    [Fact]
    public void Gives_the_same_tokenizer_from_more_files_than_can_be_open()
    {
        var words = string.Join(' ', Texts).Split(' ');
        var parts = words.Chunk(words.Length / 300).Select(chunk => string.Join(' ', chunk)).ToArray();
        parts.Length.Should().BeGreaterThan(256);
        BytePairTrainer.Train(Sources(parts), Options).Tokenizer.Hash.Should().Be(BytePairTrainer.Train(parts, Size).Hash);
        Directory.EnumerateDirectories(Counts).Should().BeEmpty();
    }

    [Fact]
    public void Resumes_if_interrupted()
    {
        using var cancel = new CancellationTokenSource();
        var sources = Sources(Texts);
        sources[4] = sources[4] with { ReadDocuments = () => Cancelling(cancel, sources[4].Path) };
        FluentActions
            .Invoking(() => BytePairTrainer.Train(sources, Options, cancellationToken: cancel.Token))
            .Should()
            .Throw<OperationCanceledException>();
        _read.Should().Equal("00", "01", "02", "03");
        _read.Clear();

        var trained = BytePairTrainer.Train(Sources(Texts), Options);
        trained.Tokenizer.Hash.Should().Be(Expected.Hash);
        trained.ReusedFileCount.Should().Be(5);
        _read.Should().Equal("04", "05", "06", "08", "09", "10", "11");
    }

    [Fact]
    public void Counts_a_text_again_when_it_has_changed()
    {
        BytePairTrainer.Train(Sources(Texts), Options);
        _read.Clear();
        string[] changed = [.. Texts[..3], Texts[3] + " değişti değişti değişti", .. Texts[4..]];
        BytePairTrainer
            .Train(Sources(changed), Options)
            .Tokenizer.Hash.Should()
            .Be(BytePairTrainer.Train(changed, Size).Hash)
            .And.NotBe(Expected.Hash);
        _read.Should().Equal("03");
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("a byte flipped")]
    [InlineData("empty")]
    [InlineData("of another split rule")]
    public void Counts_a_text_again_when_its_counts_are(string fault)
    {
        BytePairTrainer.Train(Sources(Texts), Options);
        var file = Directory.EnumerateFiles(Counts).Order(StringComparer.Ordinal).First();
        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, fault switch
        {
            "cut" => bytes[..^1],
            "empty" => [],
            "a byte flipped" => [.. bytes[..^50], (byte)(bytes[^50] ^ 1), .. bytes[^49..]],
            _ => OfAnotherRule(bytes),
        });
        var trained = BytePairTrainer.Train(Sources(Texts), Options);
        trained.Tokenizer.Hash.Should().Be(Expected.Hash);
        File.ReadAllBytes(file).Should().Equal(bytes);
    }

    [Fact]
    public void Drops_the_rarest_pre_tokens_when_there_are_too_many()
    {
        var counts = Texts
            .SelectMany(BytePairSplitOracle.Split)
            .GroupBy(preToken => preToken)
            .ToDictionary(group => group.Key, group => group.LongCount());
        var most = counts.Count(preToken => preToken.Value >= 6);
        var kept = counts.Where(preToken => preToken.Value >= 6).ToDictionary();
        most.Should().BeInRange(20, counts.Count - 20);

        foreach (var sources in (TrainingSource[][])[Sources(Texts), [.. Sources(Texts).Reverse()]])
        {
            var trained = BytePairTrainer.Train(sources, Options with { VocabularySize = 300, MaxPreTokens = most });
            trained.Tokenizer.Merges.Should().Equal(BytePairOracle.Train(kept, 28));
            (trained.PreTokenCount, trained.MinFrequency, trained.SkippedPreTokenCount)
                .Should()
                .Be((most, 6, counts.Count - most));
        }
    }

    [Fact]
    public void Reports_how_much_of_the_text_is_counted()
    {
        var reports = new List<BytePairProgress>();
        BytePairTrainer.Train(Sources(Texts), Options, new SynchronousProgress(reports.Add));
        reports
            .Select(report => report.FractionRead)
            .Should()
            .BeInAscendingOrder()
            .And.EndWith(1)
            .And.Contain(share => share > 0.4 && share < 0.6);
        reports[^1].Should().BeEquivalentTo(new { VocabularySize = Size, VocabularyTarget = Size, DocumentsRead = 11 });
    }

    [Fact]
    public void Lets_an_error_of_a_file_through_and_keeps_no_counts_of_it()
    {
        var sources = Sources(Texts);
        sources[2] = sources[2] with { ReadDocuments = () => throw new InvalidDataException("02: byte 17 is no UTF-8.") };
        FluentActions
            .Invoking(() => BytePairTrainer.Train(sources, Options))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("02: byte 17 is no UTF-8.");
        Directory.EnumerateFileSystemEntries(Counts).Should().HaveCount(2);
    }

    [Fact]
    public void Refuses_options_that_cannot_be()
    {
        foreach (
            var options in (BytePairOptions[])
                [
                    Options with
                    {
                        VocabularySize = 271,
                    },
                    Options with
                    {
                        Threads = 0,
                    },
                    Options with
                    {
                        PreTokensPerThread = 0,
                    },
                    Options with
                    {
                        MaxPreTokens = 0,
                    },
                ])
            FluentActions
                .Invoking(() => BytePairTrainer.Train(Sources(Texts), options))
                .Should()
                .Throw<ArgumentOutOfRangeException>();
        Directory.Exists(Counts).Should().BeFalse();
    }

    private TrainingSource[] Sources(string[] texts) =>
    [
        .. texts.Select((text, i) =>
        {
            var file = Path.Combine(_folder, $"{i:D2}");
            File.WriteAllText(file, text);
            return new TrainingSource(file, () =>
            {
                _read.Add(Path.GetFileName(file));
                return [File.ReadAllText(file)];
            });
        }),
    ];

    private static IEnumerable<string> Cancelling(CancellationTokenSource cancel, string file)
    {
        yield return File.ReadAllText(file);
        cancel.Cancel();
        yield return "yarım kaldı";
    }

    private static byte[] OfAnotherRule(byte[] bytes)
    {
        var rule = bytes.AsSpan().IndexOf("split by"u8);
        byte[] body = [.. bytes[..rule], .. Encoding.UTF8.GetBytes("SPLIT"), .. bytes[(rule + 5)..^32]];
        return [.. body, .. SHA256.HashData(body)];
    }

    private sealed class SynchronousProgress(Action<BytePairProgress> report) : IProgress<BytePairProgress>
    {
        public void Report(BytePairProgress value) => report(value);
    }
}
