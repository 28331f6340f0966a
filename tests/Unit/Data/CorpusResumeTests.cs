using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>An interrupted preparation resumes, and never uses work that does not match.</summary>
public sealed class CorpusResumeTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public CorpusResumeTests()
    {
        for (var i = 0; i < 4; i++) _here.Write($"corpus/{i}.txt", SmallCorpus.Text(SmallCorpus.Documents(i * 700, 700)));
        Expected = Prepare(_here["expected"]).Manifest;
    }

    private ShardManifest Expected { get; }

    private string Partial => _here["shards.partial"];

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(8)]
    public void Resumes_after_the_last_finished_file(int batches)
    {
        Interrupt(batches);
        File.AppendAllText(Path.Combine(Partial, "journal"), "{\"Source\":0,\"Fi");       // killed while writing a line
        File.AppendAllText(Path.Combine(Partial, "tokens"), "yarım");

        var read = new List<CorpusProgress>();
        var report = Prepare(_here["shards"], new SynchronousProgress<CorpusProgress>(read.Add));
        report.Manifest.Should().BeEquivalentTo(Expected);
        Bytes("shards").Should().Equal(Bytes("expected"));
        report
            .Notes.Should()
            .ContainSingle()
            .Which.Should()
            .MatchRegex("^Resuming an interrupted preparation: finished [1-4] of 4 files\\.$");
        read[0].Documents.Should().BeGreaterThan(700, "finished files are not read again");
        Directory.Exists(Partial).Should().BeFalse();
    }

    [Fact, Trait("Suite", "Fast")]
    public void Work_of_another_tokenizer_or_of_other_options_is_thrown_away()
    {
        Interrupt(5);
        CorpusPreparation.Prepare(SmallCorpus.OtherTokenizer, Options(_here["shards"])).Notes.Should().Equal(
            "The work of an interrupted preparation was discarded: it was created with tokenizer "
            + $"{SmallCorpus.Tokenizer.Hash}, not {SmallCorpus.OtherTokenizer.Hash}.");

        Directory.Delete(_here["shards"], recursive: true);
        Interrupt(5);
        CorpusPreparation
            .Prepare(SmallCorpus.Tokenizer, Options(_here["shards"]) with { MinimumTokens = 6 })
            .Notes.Should()
            .Equal("The work of an interrupted preparation was discarded: it was created with MinimumTokens 5, not 6.");
    }

    [Fact]
    public void A_file_that_changed_is_read_again_with_those_after_it()
    {
        Interrupt(8);
        var changed = _here["corpus/1.txt"];
        File.WriteAllText(changed, SmallCorpus.Text(SmallCorpus.Documents(700, 700).Reverse()));
        var report = Prepare(_here["shards"]);

        report.Notes.Should().Equal(
            $"{changed} has changed since an interrupted preparation read it: reading it and the files after it again.",
            "Resuming an interrupted preparation: finished 1 of 4 files.");
        Prepare(_here["again"]).Manifest.Should().BeEquivalentTo(report.Manifest);
        Bytes("shards").Should().Equal(Bytes("again")).And.NotEqual(Bytes("expected"));
    }

    [Fact]
    public void Keeps_the_finished_files_when_a_later_one_has_a_bad_byte()
    {
        var good = File.ReadAllBytes(_here["corpus/3.txt"]);
        _here.Write("corpus/3.txt", [.. good, (byte)'a', 0xFF]);
        var prepare = () => Prepare(_here["shards"]);
        prepare
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"*3.txt is not valid UTF-8: byte 0xFF at offset {good.Length + 1} *");

        File.WriteAllBytes(_here["corpus/3.txt"], good);
        Prepare(_here["shards"]).Notes.Should().Equal("Resuming an interrupted preparation: finished 3 of 4 files.");
        Bytes("shards").Should().Equal(Bytes("expected"));
    }

    [Fact]
    public void Leaves_nothing_behind_when_no_file_was_finished()
    {
        _here.Write("corpus/0.txt", [(byte)'a', 0xFF]);
        var prepare = () => Prepare(_here["shards"]);
        prepare.Should().Throw<InvalidDataException>();
        Directory.Exists(Partial).Should().BeFalse();
    }

    [Fact]
    public void Older_shards_that_a_kill_left_aside_come_back()
    {
        Directory.Move(_here["expected"], _here["shards.replaced"]);
        Prepare(_here["shards"]).Reused.Should().BeTrue();
        Directory.Exists(_here["shards.replaced"]).Should().BeFalse();
    }

    [Fact]
    public void Two_at_once_are_refused()
    {
        var prepare = () => Prepare(_here["shards"], new SynchronousProgress<CorpusProgress>(progress =>
        {
            if (progress.Stage == CorpusStage.Done) return;
            var second = () => Prepare(_here["shards"]);
            second.Should().Throw<IOException>().WithMessage($"Another process is preparing {_here["shards"]} (*");
        }));
        prepare();
        Bytes("shards").Should().Equal(Bytes("expected"));
    }

    private void Interrupt(int batches)
    {
        var seen = 0;
        var prepare = () => CorpusPreparation.Prepare(SmallCorpus.Tokenizer, Options(_here["shards"]) with { Workers = 1 },
            new SynchronousProgress<CorpusProgress>(_ => { if (++seen == batches + 2) throw new Interruption(); }));
        prepare.Should().Throw<Interruption>();
        Directory.Exists(_here["shards"]).Should().BeFalse();
        if (!File.Exists(Path.Combine(Partial, "journal"))) throw new InvalidOperationException("Nothing was finished yet.");
    }

    private CorpusReport Prepare(string output, IProgress<CorpusProgress>? progress = null) =>
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, Options(output), progress);

    private CorpusOptions Options(string output) =>
        new(_here["corpus"], output, validationShare: 0.1) { TokensPerShard = 40_000 };

    private IReadOnlyList<string> Bytes(string directory) =>
        [.. Directory.GetFiles(_here[directory]).Order(StringComparer.Ordinal).Select(path =>
            Path.GetFileName(path)
            + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))),
];

    private sealed class Interruption : Exception;
}
