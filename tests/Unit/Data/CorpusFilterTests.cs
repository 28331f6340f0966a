using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Documents that a preparation excludes, and how it reports them.</summary>
public sealed class CorpusFilterTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    private CorpusOptions Options(params IReadOnlyList<string> documents) =>
        new(_here.Write("corpus.txt", SmallCorpus.Text(documents)), _here["shards"], validationShare: 0.3, overwrite: true);

    [Fact]
    public void Excludes_near_duplicates_and_keeps_the_first()
    {
        var different = Enumerable.Range(0, 20).Select(i => RandomDocuments.Generate(i, 120)).ToArray();
        var near = different.Take(8).Select(text => RandomDocuments.WithChangedWords(text, every: 100)).ToArray();
        var far = different.Take(8).Select(text => RandomDocuments.WithChangedWords(text, every: 8)).ToArray();

        var manifest = Prepare(Options([.. different, .. near, .. far]));
        manifest.GetExcluded(ExclusionReason.NearDuplicate).Documents.Should().Be(8);
        Kept().Should().BeEquivalentTo([.. different, .. far]);

        Prepare(Options([.. different, .. near]) with { NearDuplicateSimilarity = null, ValidationOverlap = 1 })
            .GetExcluded(ExclusionReason.NearDuplicate).Documents.Should().Be(0);
        Kept().Should().BeEquivalentTo([.. different, .. near]);
    }

    /// <summary>The reference report filtered by length only, so its counts need every other filter off.</summary>
    [Fact]
    public void Every_filter_can_be_switched_off()
    {
        var different = Enumerable.Range(0, 20).Select(i => RandomDocuments.Generate(i, 120)).ToArray();
        string[] documents =
        [
            .. different, .. different.Take(5), .. different.Take(8).Select(text => RandomDocuments.WithChangedWords(text, 100)),
            "x", "The cable is wound onto a drum by the machine in the hall.",
        ];
        var off = Options(documents) with
        {
            MinimumCharacters = 0, MinimumTokens = 1, MinimumTurkish = -1, NearDuplicateSimilarity = null, KeepDuplicates = true,
            ValidationOverlap = 1,
        };

        Prepare(off).Read().Documents.Should().Be(35);
        Kept().Should().BeEquivalentTo(documents);
        Prepare(off with { KeepDuplicates = false }).GetExcluded(ExclusionReason.Duplicate).Documents.Should().Be(5);
        var both = () => Prepare(off with { NearDuplicateSimilarity = 0.8 });
        both.Should().Throw<InvalidDataException>().WithMessage("*Add near_duplicates: 1.");
    }

    [Fact]
    public void Texts_that_agree_in_places_but_not_enough_are_kept()
    {
        // Similarity two thirds: four of ten pairs have a band in common, and are compared.
        var texts = Enumerable.Range(0, 30).Select(i => RandomDocuments.Generate(i, 120)).ToArray();
        Prepare(Options([.. texts, .. texts.Select(text => RandomDocuments.WithChangedWords(text, every: 24))]))
            .GetExcluded(ExclusionReason.NearDuplicate)
            .Documents.Should()
            .Be(0);
    }

    [Fact]
    public void Case_and_punctuation_do_not_hide_a_duplicate()
    {
        var text = RandomDocuments.Generate(7, 60);
        Prepare(
                Options(
                    text, RandomDocuments.Generate(8, 60), RandomDocuments.Generate(9, 60),
                    TurkishCase.ToUpper(text).Replace(" ", ", ", StringComparison.Ordinal) + "!"))
            .GetExcluded(ExclusionReason.NearDuplicate).Documents.Should().Be(1);
    }

    [Fact]
    public void Excludes_documents_that_share_an_n_gram_with_an_evaluation_file()
    {
        var documents = Enumerable.Range(0, 12).Select(i => RandomDocuments.Generate(i, 90)).ToArray();
        string Part(int document, int words) => string.Join(' ', documents[document].Split(' ').Skip(20).Take(words));
        var json = _here.Write("sorular.jsonl", $$$"""
            {"soru": "{{{Part(3, 30)}}}", "şıklar": ["kısa", {"metin": "{{{Part(5, 30).Replace("ş", "\\u015f", StringComparison.Ordinal)}}}"}]}

            {"soru": "{{{Part(8, 2)}}}"}
            """);
        var text = _here.Write("metin.txt", Part(9, 30));

        var options = Options(documents);
        var just = _here.Write("tam.txt", Part(10, options.OverlapWords));
        var few = _here.Write("yarım.txt", Part(11, options.OverlapWords - 1));
        var manifest = Prepare(options with { EvaluationFiles = [json, text, just, few] });
        Kept().Should().BeEquivalentTo(documents.Where((_, i) => i is not (3 or 5 or 9 or 10)));
        manifest.Evaluations.Select(file => (file.File, file.Texts, file.ShortTexts, file.Excluded))
            .Should().Equal(("metin.txt", 1, 0, 1), ("sorular.jsonl", 4, 2, 2), ("tam.txt", 1, 0, 1), ("yarım.txt", 1, 1, 0));
    }

    [Fact]
    public void Refuses_an_evaluation_file_that_is_not_there_or_not_json()
    {
        var options = Options(SmallCorpus.Documents(0, 5));
        var missing = () => Prepare(options with { EvaluationFiles = [_here["yok.jsonl"]] });
        missing
            .Should()
            .Throw<FileNotFoundException>()
            .WithMessage($"The evaluation file {_here["yok.jsonl"]} does not exist. Give a file of text, JSON or Parquet.");
        var broken = _here.Write("bozuk.jsonl", "{}\n{\"a\": ");
        var prepare = () => Prepare(options with { EvaluationFiles = [broken] });
        prepare.Should().Throw<InvalidDataException>().WithMessage($"{broken}:2: not JSON at byte *");
        Directory.Exists(_here["shards.partial"]).Should().BeFalse();
    }

    [Fact, Trait("Suite", "Fast")]
    public void Validation_gives_way_where_training_holds_most_of_it()
    {
        // Every document also exists as an excerpt of its second half, too different to be a near-duplicate.
        var documents = Enumerable.Range(0, 40).Select(i => RandomDocuments.Generate(i, 100)).ToArray();
        var excerpts = documents
            .Select((text, i) => string.Join(' ', text.Split(' ')[50..]) + " " + RandomDocuments.Generate(1000 + i, 20))
            .ToArray();
        var manifest = Prepare(Options([.. documents, .. excerpts]));

        manifest.GetExcluded(ExclusionReason.NearDuplicate).Documents.Should().Be(0);
        manifest
            .GetExcluded(ExclusionReason.ValidationOverlap)
            .Documents.Should()
            .BePositive()
            .And.Be(manifest.ValidationOverlap.Excluded);
        // Some validation documents overlap too little with training to be excluded, and some not at all.
        manifest
            .ValidationOverlap.Overlapping.Should()
            .BeGreaterThan(manifest.ValidationOverlap.Excluded)
            .And.BeLessThan(manifest.ValidationOverlap.Documents);
        using var data = TokenDataset.Open(_here["shards"]);
        var train = SmallCorpus.Decoded(data.Train, SmallCorpus.Tokenizer);
        var validation = SmallCorpus.Decoded(data.Validation, SmallCorpus.Tokenizer);
        // Most n-grams of an excerpt occur in its document. Less than half of the n-grams of a document occur in its excerpt.
        for (var i = 0; i < documents.Length; i++)
            if (train.Contains(documents[i])) validation.Should().NotContain(excerpts[i]);
        (train.Count + validation.Count + manifest.ValidationOverlap.Excluded).Should().Be(80);
    }

    [Fact]
    public void Refuses_a_corpus_whose_validation_is_all_in_training()
    {
        var documents = Enumerable
            .Range(0, 20)
            .Select(i => RandomDocuments.Generate(0, 60) + " " + RandomDocuments.Generate(100 + i, 30))
            .ToArray();
        var prepare = () => Prepare(Options(documents) with { ValidationOverlap = 0.01 });
        prepare
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                "All * validation documents share 1* or more of their 10-word n-grams with training. Add different " + "text*");
    }

    [Fact]
    public void Excludes_other_languages_when_asked()
    {
        string[] turkish =
        [
            "Bu sabah fabrikada üretilen kablolar için yeni bir ölçüm yapıldı ve sonuç çok iyi çıktı.",
            "Eski depo boşaltıldı; malzeme, kamyonlarla şehrin öbür ucundaki yeni binaya taşınıyor.",
            "Öğrenciler ağaçların altında oturmuş, öğretmenin getirdiği kitabı birlikte okuyordu.",
            "Yarin sabah yeni depoya gidip bu malzeme icin bir liste daha yapacak ve onu sana da gonderecek.",
        ];
        string[] other =
        [
            "This is the report of the committee, and it has been read by all of the members who were there.",
            "public static int Sum(int[] values) { var sum = 0; foreach (var x in values) { sum += x; } return sum; }",
            "Der Bericht wurde von dem Ausschuss geprüft; die Mitglieder haben das Ergebnis nicht "
                + "übernommen, weil Fragen offen blieben.",
        ];
        Prepare(Options([.. turkish, .. other]) with { MinimumTurkish = 0.1, NearDuplicateSimilarity = null })
            .GetExcluded(ExclusionReason.NotTurkish)
            .Documents.Should()
            .Be(3);
        Kept().Should().BeEquivalentTo(turkish);
    }

    [Fact]
    public void Skips_documents_that_are_not_utf8_and_says_where()
    {
        var documents = SmallCorpus.Documents(0, 6);
        byte[] bytes =
        [
            .. System.Text.Encoding.UTF8.GetBytes(documents[0] + "\n\nkötü "), 0xFD,
            .. System.Text.Encoding.UTF8.GetBytes(" satır\nsürer\n\n" + SmallCorpus.Text(documents.Skip(1))),
        ];
        var corpus = _here.Write("corpus/a.txt", bytes);
        var manifest = Prepare(new(corpus, _here["shards"], validationShare: 0.3) { InvalidText = InvalidText.SkipDocument });

        manifest.GetExcluded(ExclusionReason.InvalidUtf8).Should().Be(new Tally(1, 7 + 1 + 7 + 1 + 6));
        manifest.Sources[0].Files[0].FirstInvalidByte.Should().Be(Array.IndexOf(bytes, (byte)0xFD));
        Kept().Should().BeEquivalentTo(documents);

        var refuse = () => Prepare(new(corpus, _here["refused"], validationShare: 0.3));
        refuse
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{corpus} is not valid UTF-8: byte 0xFD at offset {Array.IndexOf(bytes, (byte)0xFD)} (line 4).*");
    }

    [Fact]
    public void The_funnel_adds_up_in_every_source()
    {
        var manifest = Prepare(new CorpusOptions(
        [
            new("a", _here.Write("a.txt", SmallCorpus.Text([.. SmallCorpus.Documents(20, 40), "az"])), Weight: 0.5),
            new(
                "b",
                _here.Write(
                    "b.txt",
                    SmallCorpus.Text([.. SmallCorpus.Documents(0, 30), "kısa", SmallCorpus.Documents(2, 1)[0]])),
                CapBytes: 1500),
            new(
                "c",
                _here.Write(
                    "c.txt",
                    SmallCorpus.Text([.. SmallCorpus.Documents(100, 20), "kısa", SmallCorpus.Documents(101, 1)[0]])),
                Weight: 2.5),
        ], _here["shards"], ValidationShare: 0.2));

        foreach (var source in manifest.Sources)
        {
            source.Excluded.Should().HaveCountGreaterThan(1);
            var left = source.Excluded.Aggregate(default(Tally), (sum, reason) =>
                sum + new Tally(reason.Documents, reason.Bytes));
            (source.Read - left).Should().Be(source.Train + source.Validation, source.Name);
        }
        manifest.GetExcluded(ExclusionReason.Duplicate).Documents.Should().Be(12);
        var (half, capped) = (manifest.Sources[0], manifest.Sources[1]);
        ((half.Train + half.Validation).Bytes / (double)half.Read.Bytes).Should().BeInRange(0.3, 0.7);
        (capped.Train + capped.Validation).Bytes.Should().BeInRange(1200, 1500);
        manifest.Sources.Sum(source => source.TrainTokens).Should().Be(manifest.CountTokens(DataSplit.Train));
    }

    private static ShardManifest Prepare(CorpusOptions options) =>
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, options).Manifest;

    private IReadOnlyList<string> Kept()
    {
        using var data = TokenDataset.Open(_here["shards"]);
        return
        [
            .. SmallCorpus.Decoded(data.Train, SmallCorpus.Tokenizer),
            .. SmallCorpus.Decoded(data.Validation, SmallCorpus.Tokenizer),
        ];
    }
}
