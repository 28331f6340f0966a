using FluentAssertions;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Evaluation;

[Trait("Suite", "Fast")]
public sealed class RewardTests
{
    [Theory]
    [InlineData("Iğdır'da.", "ığdır", 1)]
    [InlineData("İSTANBUL", "istanbul", 1)]
    [InlineData("ISPARTA", "ısparta", 1)]
    [InlineData("ISPARTA", "isparta", 0)]
    [InlineData("Kars, Van", "Van Kars", 0)]
    [InlineData("Van Kars", "Van", 0)]
    [InlineData("", "Van", 0)]
    public void Exact_match_compares_Turkish_words(string answer, string reference, double expected) =>
        new ExactMatchReward().Score(Answered(answer, reference)).Should().Be(expected);

    [Theory]
    [InlineData("Toplam 1.234,5 kg eder.", "1234,5", 1)]
    [InlineData("Önce 12, sonra 1234,50", "1.234,5", 1)]
    [InlineData("1.234,5 ya da 7", "1.234,5", 0)]
    [InlineData("12345", "1.234,5", 0)]
    [InlineData("Bilmiyorum.", "1.234,5", 0)]
    [InlineData("Sonuç 17 #### 1.500", "3 kere 500 #### 1500", 1)]
    [InlineData("Sonuç 1500", "3 kere 500 #### 1500", 0)]
    public void Final_number_reads_Turkish_numbers(string answer, string reference, double expected) =>
        new FinalNumberReward().Score(Answered(answer, reference)).Should().Be(expected);

    [Fact]
    public void A_reference_without_a_number_is_never_matched() =>
        new FinalNumberReward().Score(Answered("Bilmiyorum.", "Bilmiyorum.")).Should().Be(0);

    [Fact]
    public void Word_f1_counts_shared_words() =>
        new WordF1Reward().Score(Answered("Kırmızı IŞIK yandı", "kırmızı ışık")).Should().BeApproximately(0.8, 1e-12);

    [Theory]
    [InlineData("Depo Gebze'de 340 metre.", 1)]
    [InlineData("Depo Gebze'de 350 metre.", 0.75)]
    [InlineData("Kablo nerede?", 0)]
    [InlineData("", 0)]
    public void Groundedness_counts_the_words_of_the_passages(string answer, double expected) =>
        new GroundednessReward()
            .Score(Answered(answer, null, "NYY kablo için depo Gebze: 340 metre."))
            .Should()
            .BeApproximately(expected, 1e-12);

    [Fact]
    public void Citations_do_not_count_as_words()
    {
        var sample = Answered("Gebze [1]", "Gebze", "[1] Gebze deposu");
        new ExactMatchReward().Score(sample).Should().Be(1);
        new GroundednessReward().Score(sample).Should().Be(1);
    }

    [Theory]
    [InlineData("""{"metre": 850}""", 1, 2.0 / 3)]
    [InlineData("""{"metre": 850, "ürün": "NYY"}""", 1, 1)]
    [InlineData("""Buyurun: {"metre": 850}""", 0, 0)]
    public void Json_answers_are_compared_by_fields(string answer, double json, double fields)
    {
        var sample = Answered(answer, """{"ürün": "nyy", "metre": 850}""");
        new JsonReward().Score(sample).Should().Be(json);
        new FieldsReward().Score(sample).Should().BeApproximately(fields, 1e-12);
    }

    [Theory]
    [InlineData("Evet.", true, 1)]
    [InlineData("Evet.", false, 0)]
    [InlineData(" ", true, 0)]
    public void An_answer_must_end_by_itself_and_say_something(string answer, bool endsByItself, double expected) =>
        new EndsReward().Score(Answered(answer, null) with { EndsByItself = endsByItself }).Should().Be(expected);

    [Theory]
    [InlineData("Sonuç: 42", 1)]
    [InlineData("Sonuç: 42 oldu", 0)]
    [InlineData("Demek ki Sonuç: 42", 0)]
    [InlineData("Sonuç: 42\n", 0)]
    [InlineData("SONUÇ: 42", 0)]
    public void A_pattern_matches_the_whole_answer(string answer, double expected) =>
        new PatternReward(@"Sonuç: \d+|yok").Score(Answered(answer, null)).Should().Be(expected);

    [Fact]
    public void A_pattern_that_backtracks_is_refused() =>
        FluentActions.Invoking(() => new PatternReward(@"(?<a>x)\k<a>")).Should().Throw<ArgumentException>();

    [Theory]
    [InlineData("", 0)]
    [InlineData("bir", 1.0 / 3)]
    [InlineData("bir iki üç", 1)]
    [InlineData("bir iki üç dört", 1)]
    [InlineData("bir iki üç dört beş", 4.0 / 5)]
    public void Length_falls_with_the_distance_to_the_band(string answer, double expected) =>
        new LengthReward(3, 4).Score(Answered(answer, null)).Should().BeApproximately(expected, 1e-12);

    [Fact]
    public void Length_can_count_tokens() =>
        new LengthReward(2, 7, LengthUnit.Tokens)
            .Score(Answered("bir", null) with { Tokens = 14 })
            .Should()
            .Be(0.5);

    [Fact]
    public void Weighted_rewards_are_a_weighted_mean_with_named_parts()
    {
        var rewards = new WeightedRewards([new(new ExactMatchReward(), 3), new(new LengthReward(2, 2), 0.5)]);

        var scores = rewards.ScoreParts(Answered("Van", "van"));

        scores.Total.Should().BeApproximately((3 * 1 + 0.5 * 0.5) / 3.5, 1e-12);
        scores.Parts.Should().Equal(("exact_match", 1), ("length", 0.5));
        rewards.NeedsReference.Should().BeTrue();
    }

    [Fact]
    public void A_missing_reference_is_an_error() =>
        FluentActions.Invoking(() => new ExactMatchReward().Score(Answered("Van", null)))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("*exact_match*Kablo nerede?*");

    [Fact]
    public void Weights_are_more_than_zero_and_names_are_different()
    {
        FluentActions.Invoking(() => new WeightedRewards([])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new WeightedRewards([new(new EndsReward(), 0)])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new WeightedRewards([new(new EndsReward(), 1), new(new EndsReward(), 2)]))
            .Should()
            .Throw<ArgumentException>();
    }

    private static AnsweredQuestion Answered(string answer, string? reference, params string[] passages) => new(
        new Conversation(ChatMessage.User("Kablo nerede?", passages)), reference, answer, Tokens: 5, EndsByItself: true);
}
