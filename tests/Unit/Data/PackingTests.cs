using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Packing;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Packing of examples into rows, and truncation of examples that do not fit.</summary>
[Trait("Suite", "Fast")]
public sealed class PackingTests
{
    private static readonly Tokenizer Bytes = new([]);
    private static readonly ChatTemplate Template = new(Bytes);

    [Fact]
    public void The_longest_examples_choose_their_rows_first() =>
        RowPacking
            .PackBestFit([3, 3, 5, 7], capacity: 10)
            .Should()
            .BeEquivalentTo<int[]>(
                [
                    [3, 0],
                    [2, 1],
                ],
                options => options.WithStrictOrdering());

    [Fact]
    public void A_row_may_be_full_to_its_last_place()
    {
        TokenizedExample[] examples = [new([20, 21, 22], [false, true, false]), new([30, 31], [false, true])];
        long[] inputs = new long[3], targets = new long[3], starts = new long[3];
        PackedRow.Write(examples, inputs, targets, starts);
        inputs.Should().Equal(20, 21, 30);
        targets.Should().Equal(21, SequentialWindows.IgnoreIndex, 31);
        starts.Should().Equal(0, 0, 2);
    }

    [Theory]
    [InlineData(4, 3, 4)]
    [InlineData(4, 4, 3)]
    [InlineData(2, 2, 2)]
    public void A_row_of_unequal_parts_or_too_few_places_is_refused(int inputs, int targets, int starts)
    {
        TokenizedExample[] examples = [new([20, 21, 22], [false, true, false]), new([30, 31], [false, true])];
        var act = () => PackedRow.Write(examples, new long[inputs], new long[targets], new long[starts]);
        act.Should()
            .Throw<ArgumentException>()
            .WithMessage(
                $"A row of {inputs} inputs, {targets} targets and {starts} segment starts cannot hold examples of 2 + "
                    + "1 positions.");
    }

    [Fact]
    public void A_single_exchange_with_a_task_loses_the_end_of_its_answer()
    {
        var conversation = new Conversation(
            ChatMessage.System("Kısa yaz."), ChatMessage.User("Soru?"),
            ChatMessage.Assistant(new string('u', 300)));
        var row = Fit(conversation, length: 120);
        (row.Outcome, row.Cut).Should().Be((RowOutcome.Train, TruncatedPart.Answer));
        row.Tokens!.Ids.Should().Equal(Template.Render(conversation).Ids.Take(121).Select(id => (ushort)id));
    }

    [Fact]
    public void Where_the_earlier_exchanges_do_not_fit_either_nothing_counts_as_cut()
    {
        var conversation = new Conversation(
            ChatMessage.User(new string('s', 300)), ChatMessage.Assistant("Bir."), ChatMessage.User("İki?"),
            ChatMessage.Assistant("İki."));
        var row = Fit(conversation, length: 120);
        (row.Tokens, row.Outcome, row.Cut).Should().Be((null, RowOutcome.PromptTooLong, TruncatedPart.None));
    }

    private static TruncationResult Fit(Conversation conversation, int length) =>
        TruncationResult.Truncate(
            Template, Bytes, conversation,
            new SftOptions([], length) { ExcessLength = ExcessLengthStrategy.Truncate });
}
