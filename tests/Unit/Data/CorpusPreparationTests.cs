using System.Text;
using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Data;

public sealed class CorpusPreparationTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    private string Output => _here["shards"];

    [Fact]
    public void Writes_every_document_between_begin_and_end_in_reading_order()
    {
        var documents = SmallCorpus.Documents(0, 40);
        Prepare(documents);

        using var data = TokenDataset.Open(Output);
        var validation = SmallCorpus.Decoded(data.Validation, SmallCorpus.Tokenizer);
        var train = SmallCorpus.Decoded(data.Train, SmallCorpus.Tokenizer);
        validation.Should().NotBeEmpty().And.Equal(documents.Intersect(validation));
        train.Should().Equal(documents.Except(validation));

        var first = new ushort[SmallCorpus.Tokenizer.EncodeToIds(train[0]).Count + 3];
        data.Train.Read(0, first);
        first
            .Select(id => (int)id)
            .Should()
            .Equal([
                SpecialTokens.BeginOfText, .. SmallCorpus.Tokenizer.EncodeToIds(train[0]), SpecialTokens.EndOfText,
                SpecialTokens.BeginOfText,
            ]);
    }

    [Fact]
    public void Counts_excluded_documents_by_reason()
    {
        var documents = SmallCorpus.Documents(0, 12);
        var report = Prepare(
            [
                .. documents, "kısa", "on dokuz karakterli", documents[3], documents[3], new string('ş', 20),
                "tam yirmi karakterli",
            ],
            minimumTokens: 20);

        report.Manifest.GetExcluded(ExclusionReason.TooFewCharacters).Should().Be(new Tally(2, 5 + 19));
        report
            .Manifest.GetExcluded(ExclusionReason.Duplicate)
            .Should()
            .Be(new Tally(2, 2 * Encoding.UTF8.GetByteCount(documents[3])));
        report.Manifest.Read().Documents.Should().Be(18);
        (
            report.Manifest.CountDocuments(DataSplit.Train)
            + report.Manifest.CountDocuments(DataSplit.Validation)
            + report.Manifest.GetExcluded(ExclusionReason.TooFewTokens).Documents)
            .Should().Be(14);
    }

    [Fact]
    public void Excludes_documents_of_few_tokens()
    {
        var text = SmallCorpus.Documents(0, 10);
        var limit = text.Select(document => SmallCorpus.Tokenizer.EncodeToIds(document).Count).Order().ElementAt(4);
        var fewer = text.Count(document => SmallCorpus.Tokenizer.EncodeToIds(document).Count < limit);

        var report = Prepare(text, minimumTokens: limit);
        report.Manifest.GetExcluded(ExclusionReason.TooFewTokens).Documents.Should().Be(fewer);
        (report.Manifest.CountDocuments(DataSplit.Train) + report.Manifest.CountDocuments(DataSplit.Validation))
            .Should()
            .Be(10 - fewer);
    }

    [Fact]
    public void A_weight_of_two_and_a_half_writes_half_of_the_documents_once_more()
    {
        CorpusPreparation.Prepare(
            SmallCorpus.Tokenizer,
            new CorpusOptions(
                [new("a", _here.Write("a.txt", SmallCorpus.Text(SmallCorpus.Documents(0, 60))), Weight: 2.5)],
                Output, ValidationShare: 0.2));
        using var data = TokenDataset.Open(Output);
        var copies = SmallCorpus
            .Decoded(data.Train, SmallCorpus.Tokenizer)
            .CountBy(text => text)
            .Select(text => text.Value)
            .ToArray();
        copies.Should().OnlyContain(count => count == 2 || count == 3);
        copies.Average().Should().BeInRange(2.3, 2.7);
    }

    [Fact]
    public void Duplicates_are_never_on_both_sides()
    {
        var documents = SmallCorpus.Documents(0, 60);
        Prepare([.. documents, .. documents.Reverse(), .. documents], share: 0.5);

        using var data = TokenDataset.Open(Output);
        var train = SmallCorpus.Decoded(data.Train, SmallCorpus.Tokenizer);
        var validation = SmallCorpus.Decoded(data.Validation, SmallCorpus.Tokenizer);
        train.Count.Should().BeInRange(15, 45);
        train.Should().OnlyHaveUniqueItems().And.NotIntersectWith(validation);
        train.Concat(validation).Should().BeEquivalentTo(documents);
    }

    [Fact]
    public void A_document_keeps_its_side_when_others_come_before_it()
    {
        var documents = SmallCorpus.Documents(0, 60);
        Prepare(documents, share: 0.5);
        using var data = TokenDataset.Open(Output);
        var validation = SmallCorpus.Decoded(data.Validation, SmallCorpus.Tokenizer);

        Prepare([.. SmallCorpus.Documents(100, 30), .. documents], share: 0.5, output: "more");
        using var more = TokenDataset.Open(_here["more"]);
        documents.Intersect(SmallCorpus.Decoded(more.Validation, SmallCorpus.Tokenizer)).Should().Equal(validation);
    }

    [Theory]
    [InlineData(2, 0.01)]
    [InlineData(2, 0.5)]
    [InlineData(3, 0.5)]
    [InlineData(7, 1e-9)]
    public void Neither_side_is_ever_empty(int count, double share)
    {
        for (var first = 0; first < 24; first++)
        {
            Prepare(SmallCorpus.Documents(first, count), share, output: $"out{first}");
            using var data = TokenDataset.Open(_here[$"out{first}"]);
            var sides = (data.Manifest.CountDocuments(DataSplit.Train), data.Manifest.CountDocuments(DataSplit.Validation));
            sides.Item1.Should().BePositive();
            sides.Item2.Should().BePositive();
            (sides.Item1 + sides.Item2).Should().Be(count);
        }
    }

    [Fact]
    public void Refuses_a_corpus_of_one_document()
    {
        var one = SmallCorpus.Documents(0, 1)[0];
        var prepare = () => Prepare([one, one, "kısa"]);
        prepare.Should().Throw<InvalidDataException>().WithMessage(
            $"{_here["corpus.txt"]} has 1 usable documents of 3; at least 2 are needed, one for training and one for validation. "
            + "Excluded: TooFewCharacters 1, Duplicate 1. "
            + "Add text, separate documents with blank lines, or lower the limits.");
        AssertNothingIsLeft();
    }

    [Fact]
    public void Threads_do_not_change_a_byte()
    {
        var corpus = Corpus(SmallCorpus.Documents(0, 1500));
        foreach (var workers in new[] { 1, 2, 5 })
            CorpusPreparation.Prepare(
                SmallCorpus.Tokenizer,
                new(corpus, _here[$"w{workers}"]) { Workers = workers, TokensPerShard = 20_000 });

        Files("w1").Keys.Should().HaveCountGreaterThan(3);
        Files("w2").Should().BeEquivalentTo(Files("w1"));
        Files("w5").Should().BeEquivalentTo(Files("w1"));
    }

    [Fact]
    public void Begins_a_new_shard_only_between_documents()
    {
        var report = Prepare(SmallCorpus.Documents(0, 50), tokensPerShard: 300);
        var shards = report.Manifest.GetShards(DataSplit.Train).ToArray();
        shards.Select(shard => shard.File).Should().Equal(Enumerable.Range(0, shards.Length).Select(i => $"train-{i:D5}.tokens"));
        foreach (var shard in shards)
        {
            shard.Tokens.Should().BeLessThanOrEqualTo(300);
            using var file = TokenShard.Open(Path.Combine(Output, shard.File));
            SmallCorpus.Decoded(file, SmallCorpus.Tokenizer).Should().HaveCount((int)shard.Documents);
            var ends = new ushort[file.Count];
            file.Read(0, ends);
            (ends[0], ends[^1]).Should().Be(((ushort)SpecialTokens.BeginOfText, (ushort)SpecialTokens.EndOfText));
        }
    }

    [Fact]
    public void Reports_progress_up_to_the_last_byte()
    {
        List<CorpusProgress> reports = [];
        var files = new[] { 0, 700 }.Select(first =>
            _here.Write($"corpus.txt/{first}.txt", SmallCorpus.Text(SmallCorpus.Documents(first, first == 0 ? 700 : 500))))
        .ToArray();
        var report = CorpusPreparation.Prepare(
            SmallCorpus.Tokenizer, new(_here["corpus.txt"], Output), new SynchronousProgress<CorpusProgress>(reports.Add));

        var bytes = files.Sum(file => new FileInfo(file).Length);
        reports.Should().HaveCountGreaterThan(2).And.BeInAscendingOrder(progress => progress.Bytes);
        reports[^1].Should().Be(new CorpusProgress(
            bytes,
            bytes, 1200, report.Manifest.CountTokens(DataSplit.Train) + report.Manifest.CountTokens(DataSplit.Validation),
            CorpusStage.Done));
    }

    [Fact]
    public void Reuses_an_output_made_from_the_same_text_tokenizer_and_options()
    {
        var documents = SmallCorpus.Documents(0, 30);
        Prepare(documents).Reused.Should().BeFalse();
        var before = Files("shards");
        var written = File.GetLastWriteTimeUtc(Path.Combine(Output, "manifest.json"));

        var again = Prepare(documents);
        again.Reused.Should().BeTrue();
        again.Manifest.Should().BeEquivalentTo(ShardManifest.Read(Output));
        Files("shards").Should().BeEquivalentTo(before);
        File.GetLastWriteTimeUtc(Path.Combine(Output, "manifest.json")).Should().Be(written);
    }

    [Fact]
    public void Reuses_an_output_made_from_links_to_text()
    {
        var text = _here.Write("corpus.txt/text", SmallCorpus.Text(SmallCorpus.Documents(0, 30)));
        File.CreateSymbolicLink(_here["corpus.txt/link.txt"], text);
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(_here["corpus.txt"], Output)).Reused.Should().BeFalse();
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(_here["corpus.txt"], Output)).Reused.Should().BeTrue();
    }

    [Fact]
    public void Refuses_to_reuse_damaged_shards()
    {
        var documents = SmallCorpus.Documents(0, 30);
        Prepare(documents);
        var shard = Path.Combine(Output, "train-00000.tokens");
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^2]);
        var prepare = () => Prepare(documents);
        prepare.Should().Throw<InvalidDataException>().WithMessage($"{shard} is truncated:*1 of them are missing.*");
    }

    [Fact]
    public void Refuses_an_output_made_from_other_text_of_equal_length_and_leaves_it()
    {
        var documents = SmallCorpus.Documents(0, 30);
        Prepare(documents);
        var before = Files("shards");

        var prepare = () => Prepare([documents[1], documents[0], .. documents.Skip(2)]);
        prepare.Should().Throw<InvalidDataException>().WithMessage(
            $"{Output} contains other shards: {_here["corpus.txt"]} has changed. Choose another output "
                + "directory, or replace this one with --overwrite.");
        Files("shards").Should().BeEquivalentTo(before);
    }

    [Fact, Trait("Suite", "Fast")]
    public void Refuses_an_output_made_with_another_tokenizer()
    {
        Prepare(SmallCorpus.Documents(0, 30));
        var prepare = () => CorpusPreparation.Prepare(SmallCorpus.OtherTokenizer, new(_here["corpus.txt"], Output));
        prepare.Should().Throw<InvalidDataException>().WithMessage(
            $"*other shards: they were created with tokenizer {SmallCorpus.Tokenizer.Hash}, not "
                + $"{SmallCorpus.OtherTokenizer.Hash}.*");
    }

    [Fact]
    public void Refuses_an_output_made_with_other_options()
    {
        var documents = SmallCorpus.Documents(0, 30);
        Prepare(documents);
        var prepare = () => Prepare(documents, share: 0.02);
        prepare.Should().Throw<InvalidDataException>().WithMessage("*they were created with ValidationShare 0.1, not 0.02.*");
    }

    [Fact]
    public void Overwrites_when_asked()
    {
        Prepare(SmallCorpus.Documents(0, 30));
        using var open = TokenDataset.Open(Output);
        var text = SmallCorpus.Decoded(open.Train, SmallCorpus.Tokenizer);

        Prepare(SmallCorpus.Documents(30, 30), overwrite: true).Reused.Should().BeFalse();
        using var data = TokenDataset.Open(Output);
        SmallCorpus.Decoded(data.Train, SmallCorpus.Tokenizer).Should().NotIntersectWith(text);
        SmallCorpus
            .Decoded(open.Train, SmallCorpus.Tokenizer)
            .Should()
            .Equal(text, because: "an open reader keeps reading the old shards");
        AssertOnlyTheCorpusAnd("shards");
    }

    [Fact]
    public void Never_replaces_a_directory_that_holds_anything_else()
    {
        _here.Write("shards/manifest.json", "{}");
        _here.Write("shards/tez.docx", "yılların emeği");
        var prepare = () => Prepare(SmallCorpus.Documents(0, 30), overwrite: true);
        prepare.Should().Throw<InvalidDataException>().WithMessage(
            $"{Output} is not a directory of shards: it contains tez.docx. Choose a new or empty directory.");
        Files("shards").Should().HaveCount(2);
    }

    [Fact]
    public void Writes_into_an_empty_directory()
    {
        Directory.CreateDirectory(Output);
        Prepare(SmallCorpus.Documents(0, 30));
        AssertOnlyTheCorpusAnd("shards");
    }

    [Fact]
    public void A_failing_disk_leaves_the_older_output_untouched()
    {
        Prepare(SmallCorpus.Documents(0, 30));
        var before = Files("shards");
        var corpus = Corpus(SmallCorpus.Documents(0, 1500));

        var lost = false;
        var prepare = () => CorpusPreparation.Prepare(SmallCorpus.Tokenizer,
            new(corpus, Output, overwrite: true) { TokensPerShard = 5_000 },
            new SynchronousProgress<CorpusProgress>(_ => LoseTheDisk()));

        prepare.Should().Throw<IOException>();
        lost.Should().BeTrue();
        Files("shards").Should().BeEquivalentTo(before);
        AssertOnlyTheCorpusAnd("shards");

        void LoseTheDisk()
        {
            if (lost) return;
            lost = true;
            Directory.Delete(_here["shards.partial"], recursive: true);
        }
    }

    [Fact]
    public void Records_sources_and_shards_with_their_digests()
    {
        _here.Write("corpus.txt/ı/ikinci.txt", SmallCorpus.Text(SmallCorpus.Documents(9, 8)));
        _here.Write("corpus.txt/Birinci.txt", "\uFEFF" + SmallCorpus.Text(SmallCorpus.Documents(0, 9)));
        var manifest = CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(_here["corpus.txt"], Output)).Manifest;

        manifest.Sources.Single().Files.Should().Equal(Source("Birinci.txt", 9), Source("ı/ikinci.txt", 8));
        foreach (var shard in manifest.Shards) Digest(Path.Combine(Output, shard.File)).Should().Be(shard.Sha256);
        File.ReadAllText(Path.Combine(Output, "manifest.json"))
            .Should()
            .Contain("\"file\": \"ı/ikinci.txt\"")
            .And.NotContain("\r");

        ManifestFile Source(string name, int documents)
        {
            var path = Path.Combine(_here["corpus.txt"], name);
            return new(name, new FileInfo(path).Length, Digest(path), documents, FirstInvalidByte: null);
        }
    }

    [Fact]
    public void Lists_all_wrong_options_at_once()
    {
        var prepare = () => CorpusPreparation.Prepare(
            SmallCorpus.Tokenizer, new("yok", Output, validationShare: 1.5, minimumTokens: 0) { Workers = 0 });
        prepare.Should().Throw<InvalidDataException>().WithMessage(string.Join(Environment.NewLine,
            "ValidationShare is 1.5; it must be above 0 and at most 0.5, such as 0.01.",
            "MinimumTokens is 0; it must be at least 1.",
            "Workers is 0; it must be at least 1."));
    }

    [Fact]
    public void Names_of_special_tokens_in_a_text_are_text()
    {
        var documents = SmallCorpus
            .Documents(0, 20)
            .Select((text, i) => $"{text} {SpecialTokens.Names[i % SpecialTokens.Count]} {i}{SpecialTokens.Names[1]}")
            .ToArray();
        Prepare(documents);
        using var data = TokenDataset.Open(Output);
        SmallCorpus.Decoded(data.Train, SmallCorpus.Tokenizer).Concat(SmallCorpus.Decoded(data.Validation, SmallCorpus.Tokenizer))
            .Should().BeEquivalentTo(documents);
    }

    private CorpusReport Prepare(
        IReadOnlyList<string> documents, double share = 0.1, int minimumTokens = 5, string output = "shards",
        bool overwrite = false, long tokensPerShard = 1 << 20) =>
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer,
            new(Corpus(documents), _here[output], share, minimumTokens: minimumTokens, overwrite: overwrite)
            {
                TokensPerShard = tokensPerShard,
            });

    private string Corpus(IReadOnlyList<string> documents) => _here.Write("corpus.txt", SmallCorpus.Text(documents));

    private Dictionary<string, string> Files(string directory) =>
        Directory.GetFiles(_here[directory]).ToDictionary(path => Path.GetFileName(path), Digest);

    private static string Digest(string path) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));

    private void AssertNothingIsLeft() => AssertOnlyTheCorpusAnd();

    private void AssertOnlyTheCorpusAnd(params string[] others) =>
        Directory.GetFileSystemEntries(_here.Path).Select(Path.GetFileName).Should().BeEquivalentTo([.. others, "corpus.txt"]);
}
