using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Data.Batches;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of <c>data prepare</c> and <c>data inspect</c>.</summary>
public sealed class PrepareTests : IDisposable
{
    private readonly TestWorkspace _here = new();
    private readonly string _tokenizer = ReferenceRun.Plan.Data.Tokenizer;

    public void Dispose() => _here.Dispose();

    [Fact]
    public void A_killed_preparation_resumes_and_has_the_bytes_of_an_uninterrupted_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        for (var i = 0; i < 12; i++) WriteCorpus($"corpus/{i:D2}.txt", i * 3000, 3000);
        using (var whole = Prepare("whole")) whole.WaitForExit().Should().Be(0, whole.Output);

        var finished = 0;
        foreach (var kill in new[] { 1, 2 })
        {
            using var process = Prepare("shards");
            process
                .WaitForExit(ChildProcess.Kill, () => Finished() >= Math.Max(1, finished + 1))
                .Should()
                .Be(137, process.Output);
            Directory.Exists(_here / "shards").Should().BeFalse();
            finished = Finished();
        }
        using (var last = Prepare("shards"))
        {
            last.WaitForExit().Should().Be(0, last.Output);
            last.Output.Should().Contain($"Resuming an interrupted preparation: finished {finished} of 12 files.");
        }
        foreach (var file in Directory.GetFiles(_here / "whole"))
            File.ReadAllBytes(file)
                .Should()
                .Equal(File.ReadAllBytes(Path.Combine(_here / "shards", Path.GetFileName(file))), file);
        Directory.Exists(_here / "shards.partial").Should().BeFalse();

        int Finished() =>
            File.Exists(_here / "shards.partial/journal")
                ? File.ReadAllText(_here / "shards.partial/journal").Count(c => c == '\n')
                : 0;

        ChildProcess Prepare(string output) => new("data", "prepare", _here / "corpus", "-t", _tokenizer, "-o", _here / output);
    }

    [Fact]
    public async Task Prints_the_funnel_and_the_mixture_of_a_plan()
    {
        WriteCorpus("a.txt", 0, 60);
        WriteCorpus("b.txt", 40, 60);
        var plan = _here.Write("corpus.yaml", $"""
            tokenizer: {_tokenizer}
            output: {_here / "shards"}
            validation_share: 0.2
            sources:
              fabrika: {"{"} path: {_here / "a.txt"}, domain: technical, weight: 2 {"}"}
              ansiklopedi: {"{"} path: {_here / "b.txt"}, cap: 3KB {"}"}
            """);
        var ran = await CommandLineRunner.Run("data", "prepare", plan, "--set", "sources.ansiklopedi.weight=0.5");
        ran.Code.Should().Be(ExitCode.Success, ran.Errors);
        ran.Output.Should()
            .MatchRegex("read +120 ")
            .And.MatchRegex("− duplicate +20 ")
            .And.MatchRegex("− over the cap of its source +[1-9]")
            .And.MatchRegex("− cut by a weight below 1 +[1-9]")
            .And.MatchRegex("fabrika +technical +2 +[0-9]+ +[0-9]+ +[0-9,]+ +[0-9.]+ %").And.MatchRegex("ansiklopedi +0\\.5 ");
        ShardManifest.Read(_here / "shards").Sources.Select(source => (source.Name, source.Weight, source.CapBytes))
            .Should().Equal(("fabrika", 2, null), ("ansiklopedi", 0.5, 3000));

        var again = await CommandLineRunner.Run("data", "prepare", plan);
        again
            .Errors.TrimEnd()
            .Should()
            .Be(
                $"{_here / "shards"} contains other shards: they were created with source ansiklopedi (weight 0.5, "
                    + "cap 3000, domain \"\"), not (weight 1, cap 3000, domain \"\"). Choose another output directory, or "
                    + "replace this one with --overwrite.");
    }

    [Fact]
    public async Task Says_where_a_plan_is_wrong()
    {
        var plan = _here.Write("corpus.yaml", """
            tokeniser: tokenizer
            output: shards
            sources:
              a: { path: a.txt, wieght: 2 }
              b: { path: b.txt, cap: many }
            """);
        var ran = await CommandLineRunner.Run("data", "prepare", plan);
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.TrimEnd().Split('\n').Should().Equal(
            $"{plan}:1:1: unknown key \"tokeniser\". Did you mean \"tokenizer\"?",
            $"{plan}:4:21: unknown key \"wieght\" in sources.a. Did you mean \"weight\"?",
            $"{plan}:5:26: sources.b.cap is many, but it must be a size, such as 310MB.");
        var mixed = await CommandLineRunner.Run("data", "prepare", plan, "-o", "elsewhere");
        mixed.Errors.Should().StartWith("--output cannot be combined with a corpus plan; use --set");
    }

    [Fact]
    public async Task Shows_a_document_by_its_number_and_where_others_begin()
    {
        WriteCorpus("a.txt", 0, 40);
        (await CommandLineRunner.Run("data", "prepare", _here / "a.txt", "-t", _tokenizer, "-o", _here / "shards"))
            .Code.Should()
            .Be(ExitCode.Success);
        using var data = TokenDataset.Open(_here / "shards");
        var (start, length) = new DocumentIndex(data.Train).EnumerateDocuments().ElementAt(5);
        var ids = new ushort[length];
        data.Train.Read(start, ids);
        var text = TurkishLlm.Tokenization.Tokenizer.Load(_tokenizer).Decode(ids[1..^1].Select(id => (int)id));

        var ran = await CommandLineRunner.Run("data", "inspect", _here / "shards", "-t", _tokenizer, "--document", "5");
        ran.Output.ReplaceLineEndings("\n")
            .Should()
            .EndWith($"== document 5 begins at {start}\n{text}\n== document 5 ends at {start + length - 1}\n");

        var middle = await CommandLineRunner.Run(
            "data", "inspect", _here / "shards", "-t", _tokenizer, "--position", $"{start + 3}", "--length", $"{length}");
        middle.Output.Should().Contain("== document 5 (continued)").And.Contain($"== document 6 begins at {start + length}");

        var none = await CommandLineRunner.Run(
            "data", "inspect", _here / "shards", "-t", _tokenizer, "--document", "4000", "--validation");
        none.Errors.Should().StartWith("Document 4000 does not exist; the Validation split has the documents 0 to ");
        var stats = await CommandLineRunner.Run("data", "inspect", _here / "shards", "--stats");
        stats
            .Output.Should()
            .StartWith(
                FormattableString.Invariant(
                    $"== train: {data.Manifest.CountDocuments(DataSplit.Train)} documents, {data.Train.Count:N0} tokens;"))
            .And.Contain("█");
    }

    private void WriteCorpus(string name, int first, int count) =>
        _here.Write(
            name,
            string.Join(
                "\n\n", Enumerable
                    .Range(first, count)
                    .Select(i =>
        $"Fabrikada {i} numaralı kablo sarıldı, sonra {i * 7 % 1009} metre ölçülüp depoya taşındı; ağırlığı "
        + $"{i * 13 % 977} gramdı.")));
}
