using FluentAssertions;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tokenization;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization;

[Trait("Suite", "Fast")]
public sealed class BytePairTrainerTests
{
    [Fact]
    public void Learns_the_most_frequent_pair_first() =>
        BytePairTrainer.Train(["ab ab ab cd cd"], 275).Merges.Should().Equal(
            (Byte('a'), Byte('b')),   // three times
            (Byte(' '), Byte('c')),   // twice, as "cd" and " ab": the lowest left id, then the lowest right id
            (Byte(' '), 272));

    [Fact]
    public void Merges_nothing_across_pieces() =>
        BytePairTrainer.Train(["a.a.a.", "1.1.1."], 272).Merges.Should().BeEmpty();

    [Fact]
    public void Names_the_largest_vocabulary_of_a_small_text() =>
        FluentActions
            .Invoking(() => BytePairTrainer.Train(["aaab aaab"], 1000))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage(
            "The text is too small for a vocabulary of 1000: after 3 merges no pair of tokens occurs twice. " +
            "The largest possible vocabulary is 275: use that, or train on more text.");

    [Fact]
    public void Gives_the_vocabulary_that_it_named() =>
        BytePairTrainer.Train(["aaab aaab"], 275).VocabularySize.Should().Be(275);

    [Theory]
    [InlineData(271)]
    [InlineData(65_537)]
    public void Refuses_sizes_that_cannot_be(int size) =>
        FluentActions
            .Invoking(() => BytePairTrainer.Train([TurkishSamples.Page], size))
            .Should()
            .Throw<ArgumentOutOfRangeException>()
            .WithMessage(
                "A vocabulary has at least 272 ids (16 special tokens, 256 bytes) and at most 65536 (ids are "
                    + "stored in 16 bits).*");

    [Fact]
    public void The_largest_16_bit_vocabulary_is_accepted() =>
        FluentActions
            .Invoking(() => BytePairTrainer.Train([TurkishSamples.Page], 65_536))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("The text is too small*");

    [Fact]
    public void Learns_from_pieces_of_any_length()
    {
        var random = new Random(5);
        var preTokens = new[] { 255, 256, 257, 3000 }.ToDictionary(
            length => string.Concat(Enumerable.Range(0, length).Select(_ => "abcd"[random.Next(4)])),
            length => (long)length);
        BytePairTrainer.Train(preTokens, 300).Merges.Should().Equal(BytePairOracle.Train(preTokens, 28));
    }

    [Fact]
    public void Does_not_depend_on_the_order_of_documents_or_threads()
    {
        var documents = TurkishSamples
            .Page.Split(' ')
            .SelectMany((word, i) => Enumerable.Repeat(word + " " + word, i % 7 + 1))
            .ToList();
        var expected = BytePairTrainer.Train(documents, 500).Hash;
        for (var seed = 1; seed <= 5; seed++)
        {
            var random = new Random(seed);
            BytePairTrainer.Train(documents.OrderBy(_ => random.Next()), 500).Hash.Should().Be(expected);
        }
    }

    [Fact]
    public void Lets_an_error_of_the_documents_through()
    {
        static IEnumerable<string> Documents()
        {
            yield return TurkishSamples.Page;
            throw new InvalidDataException("corpus/a.txt: byte 17 is no UTF-8.");
        }
        FluentActions
            .Invoking(() => BytePairTrainer.Train(Documents(), 300))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("corpus/a.txt: byte 17 is no UTF-8.");
    }

    [Fact]
    public void Takes_a_lone_surrogate_for_the_replacement_character() =>
        BytePairTrainer.Train(["\uD800 \uDC00 \uFFFD"], 274).GetBytes(273).ToArray().Should().Equal(0xEF, 0xBF, 0xBD);

    [Fact]
    public void Reports_what_it_did()
    {
        var reports = new RecordingProgress();
        BytePairTrainer.Train([.. Enumerable.Repeat(TurkishSamples.Page, 3)], 400, reports);
        reports
            .Last.Should()
            .Be(new BytePairProgress(3, 0, BytePairSplitOracle.Split(TurkishSamples.Page).Distinct().Count(), 400, 400));
    }

    [Fact]
    public void Stops_when_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        FluentActions
            .Invoking(() => BytePairTrainer.Train([TurkishSamples.Page], 400, cancellationToken: cancel.Token))
            .Should()
            .Throw<OperationCanceledException>();
    }

    private sealed class RecordingProgress : IProgress<BytePairProgress>
    {
        public BytePairProgress Last { get; private set; }

        public void Report(BytePairProgress value) => Last = value;
    }
}
