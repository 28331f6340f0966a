using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Tests.Unit.Evaluation;

/// <summary>Form, groundedness, refusals and metrics of single answers, calculated by hand.</summary>
public sealed class AnswerCheckTests
{
    [Theory]
    [InlineData("D50 deposunda.", FinishReason.EndOfTurn, true, true, true, true)]
    [InlineData("D50 depo", FinishReason.Length, true, false, true, true)]
    [InlineData(" \n", FinishReason.EndOfTurn, false, true, true, true)]
    [InlineData("D50.", FinishReason.OtherTurn, true, false, false, false)]
    [InlineData("D50.", FinishReason.ControlToken, true, false, true, false)]
    [InlineData("D50.<|im_start|>user", FinishReason.EndOfTurn, true, true, false, false)]
    [InlineData("D50.<|eot_id|>", FinishReason.EndOfTurn, true, true, true, false)]
    public void Form(string text, FinishReason ending, bool answers, bool stops, bool noOtherTurn, bool noControlTokens)
    {
        var check = FormatCheck.Check(new Answer(text, ending, []));
        check.Should().Be(new FormatCheck(answers, stops, noOtherTurn, noControlTokens));
        check.IsCompliant.Should().Be(answers && stops && noOtherTurn && noControlTokens);
    }

    [Theory]
    [InlineData("D50 deposunda.", "Hurda nerede?", "Hurda D50 deposundadır.", 1.0)]
    [InlineData("D51 deposunda.", "Hurda nerede?", "Hurda D50 deposundadır.", 0.5)]
    [InlineData("Hurda Ankara'da üç palet.", "Hurda nerede?", "İki palet hurda var.", 1 / 3.0)]
    [InlineData("IĞDIR", "Nerede?", "Iğdır'daki depo", 1.0)]
    public void Share_of_an_answer_that_stands_in_the_context(string answer, string question, string context, double share) =>
        Groundedness.Compute(answer, question, [context]).Should().BeApproximately(share, 1e-12);

    [Fact]
    public void An_answer_that_repeats_the_question_says_nothing_to_be_grounded() =>
        Groundedness.Compute("Hurda nerede", "Hurda nerede?", ["Hurda depoda."]).Should().BeNull();

    [Theory]
    [InlineData("Bu konuda bilgim yok.", true)]
    [InlineData("ÜZGÜNÜM, BU KONUDA BİLGİM YOK!", true)]
    [InlineData("BU KONUDA BILGIM YOK", false)]
    [InlineData("Bu konuda bilgim yoktur.", false)]
    [InlineData("Bu konuda az bilgim yok değil.", false)]
    [InlineData("", false)]
    public void Refusals(string answer, bool refused) => Refusal.IsRefusal(answer, Refusal.DefaultText).Should().Be(refused);

    [Theory]
    [InlineData("Isparta'da, 5 adet", "ısparta 5 ADET", true, 1.0, 1.0)]
    [InlineData("isparta", "ISPARTA", false, 0.0, 0.0)]
    [InlineData("bakır tel kablo", "kablo bakır tel", false, 1.0, 2 / 3.0)]       // in order: bakır tel
    [InlineData("tel tel tel", "tel kablo", false, 0.4, 0.4)]                        // one of 3 and of 2 words: 2·1 ÷ 5
    [InlineData("", "", true, 1.0, 1.0)]
    [InlineData("", "tel", false, 0.0, 0.0)]
    public void Words(string answer, string reference, bool exact, double f1, double rougeL)
    {
        WordOverlap.IsExactMatch(answer, reference).Should().Be(exact);
        WordOverlap.F1(answer, reference).Should().BeApproximately(f1, 1e-12);
        RougeL.Compute(answer, reference).Should().BeApproximately(rougeL, 1e-12);
    }

    [Fact]
    public void Runs_of_characters()
    {
        // "abç" and "abd": of 3 letters 2, of 2 pairs 1, of 1 triple none; precision and recall are (2/3 + 1/2 + 0) ÷ 3.
        ChrFScore.Compute("abç", "abd").Should().BeApproximately(7 / 18.0, 1e-12);
        // "ab" in "ab cd": precision 1 and 1, recall 2/4 and 1/3; 5·p·r ÷ (4·p + r) with p = 1 and r = 5/12.
        ChrFScore.Compute("ab", "ab cd").Should().BeApproximately(5 * (5 / 12.0) / (4 + 5 / 12.0), 1e-12);
        ChrFScore.Compute("u\u0308", "ü").Should().Be(1);
    }

    [Theory]
    [InlineData(5, 0, 3, 0.0)]
    [InlineData(5, 1, 3, 0.6)]               // the right one is among the three drawn
    [InlineData(5, 2, 2, 0.7)]               // 1 − 3/5 · 2/4
    [InlineData(4, 2, 3, 1.0)]               // two wrong ones cannot fill three
    [InlineData(1000, 1000, 1000, 1.0)]
    public void Chance_that_one_of_k_is_right(int samples, int right, int k, double chance) =>
        PassAtK.Estimate(samples, right, k).Should().BeApproximately(chance, 1e-12);

    [Theory]
    [InlineData(2, 1, 3)]
    [InlineData(2, 3, 1)]
    [InlineData(2, -1, 1)]
    [InlineData(2, 1, 0)]
    public void Refuses_more_tries_than_answers(int samples, int right, int k) =>
        FluentActions.Invoking(() => PassAtK.Estimate(samples, right, k)).Should().Throw<ArgumentOutOfRangeException>();
}
