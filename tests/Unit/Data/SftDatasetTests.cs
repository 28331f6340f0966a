using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Packing;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Outcomes of the rows of a fine-tuning run.</summary>
[Trait("Suite", "Fast")]
public sealed class SftDatasetTests : IDisposable
{
    private static readonly Tokenizer Bytes = new([]);
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Every_row_has_one_outcome()
    {
        var file = _here.Write("rows.jsonl", string.Join('\n',
            Row("Soru bir?", "Bir."), Row("Soru iki?", ""), "{\"question\": 7, \"answer\": \"x\"}", Row("Soru bir?", "Bir."),
            Row("Gizli soru?", "Başka yanıt."),
            Row("Soru üç?", new string('u', 300)), Row(new string('s', 300), "Kısa."),
            Row("Soru dört?", "Dört.")));
        var gold = _here.Write("gold.jsonl", Row("GİZLİ soru", "Altın yanıt"));
        var data = Open(new SftOptions([new("a", file)], 120) { GoldFiles = [gold], SkipInvalid = true, ValidationShare = 0 });

        var report = data.Report.Single();
        Enum.GetValues<RowOutcome>()
            .ToDictionary(outcome => outcome, report.GetCount)
            .Should()
            .Equal(
                new Dictionary<RowOutcome, long>
        {
            [RowOutcome.Train] = 2,
            [RowOutcome.Validation] = 0,
            [RowOutcome.Invalid] = 1,
            [RowOutcome.NothingToLearn] = 1,
            [RowOutcome.Duplicate] = 1,
            [RowOutcome.Gold] = 1, [RowOutcome.InValidation] = 0, [RowOutcome.Pruned] = 0, [RowOutcome.PromptTooLong] = 1,
            [RowOutcome.AnswerTooLong] = 1,
        });
        report.RowCount.Should().Be(8);
        report
            .Problems.Should()
            .ContainSingle()
            .Which.Should()
            .EndWith("rows.jsonl:3: \"question\" is 7, but it must be a text.");
        data.Train.Select(example => example.Location).Should().Equal($"{file}:1", $"{file}:8");
        report.Tokens.Should().Be(data.Train.Sum(example => example.Tokens.Ids.Count));
        // ö has two bytes; each answer has an end of turn
        report.SupervisedTokens.Should().Be("Bir.".Length + "Dört.".Length + 1 + 2);
    }

    [Fact]
    public void Without_leave_to_skip_the_first_unreadable_row_ends_it()
    {
        var file = _here.Write("rows.jsonl", "{\"question\": 7, \"answer\": \"x\"}");
        var act = () => Open(new SftOptions([new("a", file)], 120));
        act.Should().Throw<InvalidDataException>().WithMessage("*rows.jsonl:1: \"question\" is 7, but it must be a text.");
    }

    [Fact]
    public void Reports_the_outcome_of_all_rows_when_none_is_left()
    {
        var file = _here.Write("rows.jsonl", Row("Soru?", ""));
        var act = () => Open(new SftOptions([new("a", file)], 120));
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                "No training example is left: a has 1 NothingToLearn. Add rows, increase the sequence length, or "
                    + "change the options.");
    }

    [Fact]
    public void A_gold_row_with_context_does_not_exclude_other_texts_with_the_same_instruction()
    {
        var file = _here.Write(
            "rows.jsonl",
            string.Join(
                '\n', Row("Özetle.", "Kablo uzundur.", "Birinci metin."),
                Row("Özetle.", "Depo doludur.", "İkinci metin.")));
        var gold = _here.Write("gold.jsonl", Row("özetle", "Başka.", "Birinci METİN"));
        var data = Open(new SftOptions([new("a", file)], 200) { GoldFiles = [gold], ValidationShare = 0 });
        data.Train.Select(example => example.Location).Should().Equal($"{file}:2");
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(20, 1)]
    public void A_row_that_is_nearly_a_gold_one_is_excluded(int changed, int left)
    {
        var words = Enumerable.Range(0, 60).Select(i => $"kelime{i}").ToArray();
        var file = _here.Write("rows.jsonl", string.Join('\n', Row("Soru?", "Yanıt."), Row(string.Join(' ', words), "Tamam.")));
        var gold = _here.Write(
            "gold.jsonl",
            Row(string.Join(' ', words.Select((word, i) => i < changed ? $"başka{i}" : word)), "Tamam."));
        var data = Open(new SftOptions([new("a", file)], 1000) { GoldFiles = [gold], ValidationShare = 0 });
        data.Train.Should().HaveCount(1 + left);
        data.Report.Single().GetCount(RowOutcome.Gold).Should().Be(1 - left);
    }

    [Fact]
    public void A_gold_set_of_tokens_is_refused()
    {
        var gold = _here.Write("gold.jsonl", """{"input_ids":[0,5],"labels":[-100,5]}""");
        var act = () => Open(new SftOptions([new("a", _here.Write("rows.jsonl", Row("q", "a")))], 120) { GoldFiles = [gold] });
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage("*gold.jsonl:1: a gold set must contain conversations, but the row contains tokens.");
    }

    [Fact]
    public void Rows_of_tokens_have_the_same_outcomes_as_all_rows()
    {
        var file = _here.Write("rows.jsonl", """
            {"input_ids":[0,4,5,6,7,8],"labels":[-100,-100,5,6,7,8]}
            {"input_ids":[0,4,5,6,7,8,9],"labels":[-100,-100,5,6,7,8,9]}
            {"input_ids":[0,4,5],"labels":[-100,-100,-100]}
            {"input_ids":[0,271],"labels":[-100,271]}
            """);
        var data = Open(new SftOptions([new("a", file)], 5) { ValidationShare = 0 });
        data.Train.Select(example => example.Location).Should().Equal($"{file}:1", $"{file}:4");
        data.Report.Single()
            .Rows.Should()
            .Equal(
                new Dictionary<RowOutcome, long>
                {
                    [RowOutcome.Train] = 2,
                    [RowOutcome.AnswerTooLong] = 1,
                    [RowOutcome.NothingToLearn] = 1,
                });
        var beyond = () =>
            Open(new SftOptions([new("a", _here.Write("beyond.jsonl", """{"input_ids":[0,272],"labels":[-100,272]}"""))], 5));
        beyond
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("*beyond.jsonl:1: token 272 does not exist; the vocabulary has the ids 0 … 271.");
    }

    [Fact]
    public void Whole_groups_are_held_out_but_never_all_of_them()
    {
        var one = _here.Write("one.jsonl", string.Join('\n', Enumerable.Range(0, 4).Select(i => Row("Soru?", $"Yanıt {i}."))));
        Open(new SftOptions([new("a", one)], 120) { ValidationShare = 0.5 })
            .Validation.Should()
            .BeEmpty("all rows are one group");

        var two = _here.Write(
            "two.jsonl",
            string.Join('\n', Row("Başka?", "Evet."), Row("Soru?", "Bir."), Row("Soru?", "İki."), Row("Soru?", "Üç.")));
        var heldOut = Enumerable
            .Range(1, 12)
            .Select(seed => Open(new SftOptions([new("a", two)], 120) { ValidationShare = 0.9, Seed = seed }).Validation.Count)
            .ToArray();
        heldOut.Should().OnlyContain(count => count == 1 || count == 3).And.Contain([1, 3]);

        var pair = _here.Write("pair.jsonl", string.Join('\n', Row("Bir?", "Evet."), Row("İki?", "Hayır.")));
        Open(new SftOptions([new("a", pair)], 120) { ValidationShare = 0.1 }).Validation.Should().ContainSingle();
    }

    [Fact]
    public void Weights_say_how_often_an_epoch_reads_a_source()
    {
        var many = _here.Write(
            "many.jsonl",
            string.Join('\n', Enumerable.Range(0, 10).Select(i => Row($"Soru {i}?", $"Yanıt {i}."))));
        var few = _here.Write(
            "few.jsonl",
            string.Join('\n', Enumerable.Range(10, 4).Select(i => Row($"Soru {i}?", $"Yanıt {i}."))));
        var data = Open(new SftOptions([new("many", many, 0.5), new("few", few, 2.25)], 120) { ValidationShare = 0 });
        data.Train.GroupBy(example => example.Source).Select(source => source.Count()).Should().Equal(5, 9);
        data.Train.Where(example => example.Source == 1)
            .GroupBy(example => example.Location)
            .Select(row => row.Count())
            .Should()
            .BeEquivalentTo([2, 2, 2, 3]);
        data.Train.Where(example => example.Source == 0).Select(example => example.Location).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void What_is_held_out_does_not_depend_on_the_order_of_the_files()
    {
        var (a, b) = (Questions("a.jsonl", 0), Questions("b.jsonl", 20));
        var forward = Open(new SftOptions([new("a", a), new("b", b)], 120) { ValidationShare = 0.3 });
        var backward = Open(new SftOptions([new("b", b), new("a", a)], 120) { ValidationShare = 0.3 });
        forward.Validation.Should().HaveCount(12);
        forward
            .Validation.Select(example => example.Location)
            .Should()
            .BeEquivalentTo(backward.Validation.Select(example => example.Location));
        Open(new SftOptions([new("a", a), new("b", b)], 120) { ValidationShare = 0.3, Seed = 5 })
            .Validation.Select(example => example.Location)
            .Should().NotBeEquivalentTo(forward.Validation.Select(example => example.Location));

        string Questions(string name, int from) =>
            _here.Write(name, string.Join('\n', Enumerable.Range(from, 20).Select(i => Row($"Soru {i}?", $"Yanıt {i}."))));
    }

    [Fact]
    public void A_conversation_that_is_too_long_loses_its_last_exchanges_where_the_policy_says_cut()
    {
        var file = _here.Write(
            "rows.jsonl",
            """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"bir"},{"role":"user","content":"b"},{"role":"assistant","content":"iki"},{"role":"user","content":"c"},{"role":"assistant","content":"üç"}]}"""
        );
        var whole = new ChatTemplate(Bytes).Render(ConversationReader.Read(file).Single().Conversation!);
        var options = new SftOptions([new("a", file)], whole.Ids.Count - 2)
        {
            ValidationShare = 0,
            ExcessLength = ExcessLengthStrategy.Truncate,
        };
        var data = Open(options);
        Bytes.Decode(data.Train.Single().Tokens.Ids.Select(id => (int)id)).Should().EndWith("iki<|eot_id|>");
        data.Report.Single().Truncations.Should().Equal(new Dictionary<TruncatedPart, long> { [TruncatedPart.Turns] = 1 });

        Open(options with { SequenceLength = whole.Ids.Count - 1 }).Report.Single().Truncations.Should().BeEmpty();
        var refused = () => Open(options with { ExcessLength = ExcessLengthStrategy.Drop });
        refused.Should().Throw<InvalidDataException>().WithMessage("*a has 1 AnswerTooLong*");
    }

    [Fact]
    public void Counts_classes()
    {
        var file = _here.Write(
            "rows.jsonl",
            string.Join(
                '\n',
                Enumerable.Range(0, 6).Select(i => $$"""{"text":"Metin {{i}}","label":"{{(i < 4 ? "stok" : "finans")}}"}""")));
        Open(new SftOptions([new("a", file)], 200) { ValidationShare = 0 })
            .Report.Single()
            .Labels.Should()
            .Equal(("stok", 4), ("finans", 2));
    }

    [Fact]
    public void Tokens_made_elsewhere_are_checked_against_the_vocabulary()
    {
        var file = _here.Write("rows.jsonl", """{"input_ids":[0,4,5,300],"labels":[-100,-100,5,300]}""");
        var act = () => Open(new SftOptions([new("a", file)], 120));
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage("*rows.jsonl:1: token 300 does not exist; the vocabulary has the ids 0 … 271.");
    }

    [Fact]
    public void Refuses_marks_that_cannot_be()
    {
        ((Func<TokenizedExample>)(() => new([0, 1], [false])))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("There are 2 tokens, but the loss mask has 1 entries.*");
        ((Func<TokenizedExample>)(() => new([0], [false])))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("An example needs at least 2 tokens: one input and one target.*");
        ((Func<TokenizedExample>)(() => new([0, 1], [true, true])))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("The first token cannot be learned, because no token predicts it.*");
        ((Func<TokenizedExample>)(() => new([0, -1], [false, true])))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("Token -1 is out of range; ids must be 0 … 65535.*");
    }

    [Fact]
    public void Refuses_rows_that_do_not_fit()
    {
        var example = new TokenizedExample([0, 1, 2], [false, false, true]);
        var act = () => PackedRow.Write([example, example], new long[3], new long[3], new long[3]);
        act.Should()
            .Throw<ArgumentException>()
            .WithMessage("A row of 3 inputs, 3 targets and 3 segment starts cannot hold examples of 2 + 2 positions.");
        var pack = () => RowPacking.PackBestFit([2, 9], 8);
        pack.Should().Throw<ArgumentException>().WithMessage("Example 1 has 9 positions, but a row has 8.*");
    }

    private static SftDataset Open(SftOptions options) => SftDataset.Open(new ChatTemplate(Bytes), Bytes, options);

    private static string Row(string question, string answer, string? context = null) =>
        System.Text.Json.JsonSerializer.Serialize(
            context is null
                ? new Dictionary<string, string> { ["question"] = question, ["answer"] = answer }
                : new()
                {
                    ["question"] = question,
                    ["answer"] = answer,
                    ["context"] = context,
                });
}
