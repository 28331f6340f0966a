using FluentAssertions;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Preference;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Files of preference pairs and the data sets built from them.</summary>
[Trait("Suite", "Fast")]
public sealed class PreferenceReaderTests : IDisposable
{
    private static readonly Tokenizer Tokenizer = Tokenizer.Load(Path.Combine(ReferenceRun.Fixtures, "tokenizer"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_a_prompt_with_its_context_and_task()
    {
        var row = Read(
                """{"system": "Kısa yaz.", "context": ["Depo: Iğdır."], "prompt": " Nerede? ", "chosen": "Iğdır'da.", "rejected": "Bilmem."}"""
            )
            .Single();
        row.Chosen.Messages.Should()
            .Equal(
                ChatMessage.System("Kısa yaz."), ChatMessage.User("Nerede?", "Depo: Iğdır."),
                ChatMessage.Assistant("Iğdır'da."));
        row.Rejected.Messages.SkipLast(1).Should().Equal(row.Chosen.Messages.SkipLast(1));
        row.Rejected.Messages[^1].Should().Be(ChatMessage.Assistant("Bilmem."));
    }

    [Fact]
    public void Reads_turns_and_answers_that_are_messages()
    {
        var row = Read("""
            {"messages": [{"role": "user", "content": "Stok?"}, {"role": "assistant", "content": "Hangi ürün?"}, {"role": "user", "content": "NYY"}], "chosen": [{"role": "assistant", "content": "", "tool_call": "stok(NYY)"}, {"role": "tool", "content": "12"}, {"role": "assistant", "content": "12 m."}], "rejected": [{"role": "assistant", "content": "Çok."}]}
            """).Single();
        row.Chosen.Messages.Select(message => message.Role)
            .Should()
            .Equal(ChatRole.User, ChatRole.Assistant, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant);
        row.Rejected.Messages[^1].Should().Be(ChatMessage.Assistant("Çok."));

        var pair = PreferenceDataset.Render(new ChatTemplate(Tokenizer), row);
        pair.Chosen.LossMask.Count(isLearned => isLearned)
            .Should()
            .BeGreaterThan(pair.Rejected.LossMask.Count(isLearned => isLearned));
        Tokenizer.Decode(pair.Chosen.Ids.Zip(pair.Chosen.LossMask).Where(token => token.Second).Select(token => (int)token.First))
            .Should()
            .Be(
                "<|tool_call|>stok(NYY)<|eot_id|>12 m.<|eot_id|>",
                "what the tool answered is not learned, nor is the earlier answer");
    }

    [Theory]
    [InlineData(
        """{"question": "a", "answer": "b"}""",
        "the row has the keys question, answer, but a preference pair has prompt or messages, chosen and " + "rejected.")]
    [InlineData(
        """{"prompt": "a", "chosen": "b"}""",
        "the row has the keys prompt, chosen, but a preference pair has prompt or messages, chosen and rejected.")]
    [InlineData(
        """{"prompt": "a", "chosen": "b", "rejected": "  "}""",
        "\"rejected\" is empty, but a preference pair needs two answers.")]
    [InlineData("""{"prompt": "", "chosen": "b", "rejected": "c"}""", "The user message has no text.")]
    [InlineData("""{"prompt": "a", "chosen": 7, "rejected": "c"}""", "\"chosen\" is 7, but it must be a text.")]
    [InlineData(
        """{"prompt": "a", "chosen": [{"role": "user", "content": "b"}], "rejected": "c"}""",
        "\"chosen\" has a message of the user, but both answers of a pair share one prompt. Move the messages "
            + "before the answer to \"messages\".")]
    [InlineData(
        """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "chosen": "c", "rejected": "d"}""",
        "Message 3 of the conversation is assistant, but the message before it is assistant; user and assistant "
            + "must alternate.")]
    public void Says_in_which_line_and_why_a_row_is_no_pair(string row, string problem)
    {
        const string good = """{"prompt": "a", "chosen": "b", "rejected": "c"}""";
        var file = Write(good, row, good);
        FluentActions
            .Invoking(() => PreferenceReader.Read(file).ToList())
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{file}:2: {problem}");

        var skipped = new List<string>();
        PreferenceReader.Read(file, skipped.Add).Should().HaveCount(2);
        skipped.Should().Equal($"{file}:2: {problem}");
    }

    [Fact]
    public void Reads_pairs_with_a_conversation_and_one_message_per_answer()
    {
        var row = Read(
                """{"conversations": [{"from": "human", "value": "Stok?"}], "chosen": {"from": "gpt", "value": "12 m."}, "rejected": {"from": "gpt", "value": "Çok."}}"""
            )
            .Single();
        row.Chosen.Messages.Should().Equal(ChatMessage.User("Stok?"), ChatMessage.Assistant("12 m."));
        row.Rejected.Messages[^1].Should().Be(ChatMessage.Assistant("Çok."));
    }

    [Theory]
    [InlineData("\"weight\": 2", "\"weight\" is 2, but a row has no weight. *")]
    [InlineData("\"tools\": [{\"name\": \"f\"}]", "\"tools\" is a list, but the template has no place for *")]
    [InlineData(
        "\"system\": \"s\", \"system_prompt\": \"t\"",
        "\"system\" and \"system_prompt\" differ, but mean the same. Keep one of them.")]
    public void Refuses_keys_that_it_cannot_honor(string key, string problem) =>
        FluentActions.Invoking(() => Read($$"""{"prompt": "a", "chosen": "b", "rejected": "c", {{key}}}"""))
            .Should().Throw<InvalidDataException>().WithMessage($"*:1: {problem}");

    [Fact]
    public void Refuses_an_answer_of_which_a_part_is_not_learned() =>
        FluentActions
            .Invoking(() => Read(
                """{"prompt": "a", "chosen": [{"role": "assistant", "content": "b", "weight": 0}], "rejected": "c"}"""))
            .Should().Throw<InvalidDataException>()
            .WithMessage("*:1: \"chosen\" has a message that is not to be learned, but both answers of a pair are *");

    [Fact]
    public void Refuses_a_file_that_is_not_there() =>
        FluentActions
            .Invoking(() => PreferenceReader.Read(_folder / "no.jsonl").ToList())
        .Should()
        .Throw<FileNotFoundException>()
        .WithMessage($"The file {_folder / "no.jsonl"} of preference pairs does not exist. Give a .jsonl file.");

    [Fact]
    public void Counts_the_outcome_of_every_row()
    {
        var gold = WriteTo("gold.jsonl", """{"question": "Altın soru nedir?", "answer": "Hiç öğrenilmeyen sorudur."}""");
        var file = Write(
            """{"prompt": "Makara nedir?", "chosen": "Kablonun sarıldığı birimdir.", "rejected": "Bilmem."}""",
            """{"prompt": "Makara nedir?", "chosen": "Kablonun sarıldığı birimdir.", "rejected": "Bilmem."}""",
            """{"prompt": "Aynı mı?", "chosen": "Evet.", "rejected": " Evet. "}""",
            """{"prompt": "ALTIN SORU nedir", "chosen": "Bir soru.", "rejected": "İki soru."}""",
            """{"prompt": "Uzun mu?", "chosen": "Evet.", "rejected": "Çok uzun, sahiden çok uzun, sığmayacak kadar uzun bir yanıttır bu, üç satır sürer ve hâlâ bitmez, bitmez, bitmez."}""",
            $$"""{"prompt": "{{string.Join(' ', Enumerable.Repeat("uzun soru", 30))}}", "chosen": "Evet.", "rejected": "Hayır."}""",
            """{"prompt": "Kur nedir?", "chosen": "Bir oran.", "rejected": "Bir araba."}""",
            """{"prompt": 5, "chosen": "Evet.", "rejected": "Hayır."}""");

        var data = PreferenceDataset.Open(
            new ChatTemplate(Tokenizer), new([file], SequenceLength: 48)
            {
                GoldFiles = [gold],
                ValidationShare = 0,
                SkipInvalid = true,
            });

        data.Report.Single().Rows.Should().BeEquivalentTo(new Dictionary<RowOutcome, long>
        {
            [RowOutcome.Train] = 2,
            [RowOutcome.Duplicate] = 1,
            [RowOutcome.NothingToLearn] = 1,
            [RowOutcome.Gold] = 1,
            [RowOutcome.AnswerTooLong] = 1,
            [RowOutcome.PromptTooLong] = 1,
            [RowOutcome.Invalid] = 1,
        });
        data.Report.Single().Problems.Should().ContainSingle().Which.Should().StartWith($"{file}:8: ");
        data.TrainIndices.Should().Equal(0, 1);
    }

    [Fact]
    public void A_pair_is_excluded_when_either_answer_is_a_gold_one()
    {
        var gold = WriteTo("gold.jsonl", """{"question": "Ne?", "answer": "Altın yanıt.", "context": "Bir metin."}""");
        var file = Write(
            """{"prompt": "Ne?", "chosen": "Altın yanıt.", "rejected": "Başka."}""",
            """{"prompt": "Ne?", "chosen": "Bambaşka.", "rejected": "altın yanıt"}""",
            """{"prompt": "Ne?", "chosen": "Bambaşka.", "rejected": "Başka."}""");
        var data = PreferenceDataset.Open(
            new ChatTemplate(Tokenizer),
            new([file], SequenceLength: 64) { GoldFiles = [gold], ValidationShare = 0 });
        data.Report.Single()
            .Rows.Should()
            .BeEquivalentTo(new Dictionary<RowOutcome, long> { [RowOutcome.Gold] = 2, [RowOutcome.Train] = 1 });
    }

    [Fact]
    public void The_longer_answer_may_fill_the_sequence_to_its_last_place()
    {
        var template = new ChatTemplate(Tokenizer);
        var file = Write("""{"prompt": "Uzun mu?", "chosen": "Evet.", "rejected": "Hayır, sanıldığı kadar uzun değil."}""");
        var pair = PreferenceDataset.Render(template, PreferenceReader.Read(file).Single());
        var (longer, prompt) = (pair.Rejected.Length, pair.Chosen.LossMask.TakeWhile(isLearned => !isLearned).Count());

        Open(longer).TrainIndices.Should().ContainSingle();
        Refuses(longer - 1, "AnswerTooLong");
        Refuses(prompt, "AnswerTooLong");       // the first token of the answer is the last target
        Refuses(prompt - 1, "PromptTooLong");

        PreferenceDataset Open(int length) => PreferenceDataset.Open(template, new([file], length) { ValidationShare = 0 });
        void Refuses(int length, string outcome) =>
            FluentActions.Invoking(() => Open(length)).Should().Throw<InvalidDataException>().WithMessage($"*has 1 {outcome}.*");
    }

    [Fact]
    public void Without_leave_to_skip_the_first_unreadable_row_ends_it()
    {
        var file = Write(
            """{"prompt": "a", "chosen": "b", "rejected": "c"}""", """{"prompt": 5, "chosen": "b", "rejected": "c"}""");
        FluentActions
            .Invoking(() => PreferenceDataset.Open(new ChatTemplate(Tokenizer), new([file], 64)))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{file}:2: *");
    }

    [Fact]
    public void Holds_out_whole_questions_whatever_the_order_of_the_rows()
    {
        string[] rows =
        [
            .. Enumerable
                .Range(0, 30)
                .Select(i => $$"""{"prompt": "Soru {{i / 2}} nedir?", "chosen": "Yanıt {{i}}.", "rejected": "Yanlış {{i}}."}"""),
        ];
        var options = new PreferenceOptions([Write(rows)], SequenceLength: 64) { ValidationShare = 0.2 };
        var template = new ChatTemplate(Tokenizer);
        var data = PreferenceDataset.Open(template, options);
        var reversed = PreferenceDataset.Open(
            template, options with
            {
                Files = [WriteTo("reversed.jsonl", [.. rows.Reverse()])],
            });

        data.ValidationIndices.Should().HaveCount(6);
        data.TrainIndices.Concat(data.ValidationIndices).Order().Should().Equal(Enumerable.Range(0, 30));
        data.ValidationIndices.Select(number => number / 2)
            .Intersect(data.TrainIndices.Select(number => number / 2))
            .Should()
            .BeEmpty();
        Questions(reversed).Should().BeEquivalentTo(Questions(data));

        IEnumerable<string> Questions(PreferenceDataset of) =>
            of.ValidationIndices.Select(number => Tokenizer.Decode(of.Pairs[number].Chosen.Ids.Select(id => (int)id)));
    }

    [Fact]
    public void Reports_the_outcome_of_all_rows_when_none_is_left()
    {
        var file = Write("""{"prompt": "a", "chosen": "b", "rejected": "b"}""");
        FluentActions
            .Invoking(() => PreferenceDataset.Open(new ChatTemplate(Tokenizer), new([file], 64)))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"No training pair is left: {file} has 1 NothingToLearn. Add pairs, or increase the sequence length.");
    }

    [Fact]
    public void The_pairs_of_the_fixtures_are_all_learned()
    {
        var data = PreferenceDataset.Open(
            new ChatTemplate(Tokenizer),
            new([Path.Combine(ReferenceRun.Fixtures, "preference", "erp.jsonl")], SequenceLength: 256) { ValidationShare = 0 });
        data.TrainIndices.Should().HaveCount(32);
    }

    private IReadOnlyList<PreferenceRow> Read(params string[] rows) => [.. PreferenceReader.Read(Write(rows))];

    private string Write(params string[] rows) => WriteTo("pairs.jsonl", rows);

    private string WriteTo(string name, params string[] rows)
    {
        File.WriteAllLines(_folder / name, rows);
        return _folder / name;
    }
}
