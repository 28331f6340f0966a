using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TurkishLlm.Tests.Unit.Data.ConversationText;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>
/// Keys of conversation files: those that change what is learned are honored or refused, all others are counted.
/// </summary>
[Trait("Suite", "Fast")]
public sealed class ConversationKeyTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("\"weight\":0")]
    [InlineData("\"weight\":0.0")]
    [InlineData("\"train\":false")]
    [InlineData("\"training\":false")]
    [InlineData("\"train_on_turn\":false")]
    [InlineData("\"loss\":false")]
    [InlineData("\"loss_mask\":0")]
    [InlineData("\"masked\":true")]
    public void Does_not_learn_an_answer_that_its_file_excludes(string key)
    {
        const string expected = "user q|assistant a (read)|user r|assistant b";
        Read($$"""
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a",{{key}}},{"role":"user","content":"r"},{"role":"assistant","content":"b"}]}
            """).Should().Be(expected);
        Read($$"""
            {"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a",{{key}}},{"from":"human","value":"r"},{"from":"gpt","value":"b"}]}
            """).Should().Be(expected);
        Read($$"""{"turns":[{"question":"q","answer":"a",{{key}}},{"question":"r","answer":"b"}]}""").Should().Be(expected);
    }

    [Theory]
    [InlineData("[0,0,0,1]", "user q|assistant a (read)|user r|assistant b")]
    [InlineData("[1,true,1,false]", "user q|assistant a|user r|assistant b (read)")]
    public void Honors_a_mask_of_all_messages(string mask, string expected) => Read($$"""
        {"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"},{"from":"human","value":"r"},{"from":"gpt","value":"b"}],"loss_mask":{{mask}}}
        """).Should().Be(expected);

    [Theory]
    [InlineData("\"weight\":1", "\"weight\":0")]
    [InlineData("\"train\":true", "\"train\":false")]
    [InlineData("\"masked\":false", "\"masked\":true")]
    [InlineData("\"weight\":null", "\"weight\":null")]
    public void Learns_an_answer_that_its_file_includes(string included, string excluded) => Read($$"""
        {"messages":[{"role":"user","content":"q",{{excluded}}},{"role":"assistant","content":"a",{{included}}}]}
        """).Should().Be("user q|assistant a");

    [Theory]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0.5}]}""",
        "\"weight\" is 0.5, but an answer is either learned or not: use 0 or 1.")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","train":"no"}]}""",
        "\"train\" is text, but an answer is either learned or not: use 0 or 1.")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","train":true,"masked":true}]}""",
        "\"masked\" contradicts another key of the same message.")]
    [InlineData(
        """{"conversations":[{"from":"human","value":"q","train":true},{"from":"gpt","value":"a"}]}""",
        "a message of the user is marked as learned, but only answers are learned. *")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","train_detail":[{"begin_offset":0}]}]}""",
        "\"train_detail\" is a list, but parts of an answer cannot be excluded. Use \"weight\": 0 for a whole answer.")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"loss_mask":[1]}""",
        "\"loss_mask\" of a row must be a list of 2 entries, 0 or 1 per message.")]
    [InlineData("""{"question":"q","answer":"a","weight":0}""", "\"weight\" is 0, but a row has no weight. Move such rows *")]
    [InlineData("""{"instruction":"q","output":"a","sample_weight":2}""", "\"sample_weight\" is 2, but a row has no weight. *")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"tools":[{"name":"f"}]}""",
        "\"tools\" is a list, but the template has no place for definitions of tools. *")]
    [InlineData(
        """{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"tools":"[{\"name\":\"f\"}]"}""",
        "\"tools\" is text, but the template has no place for definitions of tools. *")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"hmm"}]}""",
        "\"reasoning_content\" is text, but the template has no place for reasoning. Put it into the answer or remove the key.")]
    [InlineData(
        """{"question":"q","reasoning":"hmm","answer":"a"}""", "\"reasoning\" is text, but the template has no place for *")]
    [InlineData("""{"instruction":"q","output":"a","images":["x.png"]}""", "\"images\" is a list, but the model reads text only. *")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"x"}}]}]}""",
        "\"image_url\" is an object, but the model reads text only. *")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"video","text":"q"}]}]}""",
        "a part of the message has the type \"video\", but the model reads text only.")]
    [InlineData("""{"instruction":"q","output":"a","kto_tag":false}""", "\"kto_tag\" is false, but the answer is marked as one *")]
    [InlineData("""{"prompt":"q","completion":"a","label":false}""", "\"label\" is false, but the answer is marked as one *")]
    [InlineData(
        """{"instruction":"q","output":"a","rejected":"b"}""",
        "\"rejected\" is text, but the row is a preference pair, not an example. *")]
    [InlineData(
        """{"prompt":"q","chosen":"a","rejected":"b"}""",
        "the row is a preference pair, not an example. Name the file in preference.files of a plan.")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q","name":"Ali"},{"role":"assistant","content":"a"}]}""",
        "\"name\" is text, but the template has no place for names. Put the name into the text.")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","context":["c"]}]}""",
        "\"context\" is a list, but only a question has context, not a message of the assistant.")]
    [InlineData(
        """{"context":"c","messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""",
        "\"context\" is text, but the context of a row of messages belongs to a message. *")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q","tool_call":"f()"},{"role":"assistant","content":"a"}]}""",
        "\"tool_call\" is text, but only the assistant calls tools, not the user.")]
    [InlineData("""{"question":"q","answer":"a","documents":["d"]}""", "\"documents\" is a list, but retrieved texts are read *")]
    [InlineData("""{"instruction":"q","output":"a","response":"b"}""", "\"output\" and \"response\" differ, but mean the same. *")]
    [InlineData(
        """{"system":"s","system_prompt":"t","question":"q","answer":"a"}""", "\"system\" and \"system_prompt\" differ, *")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q","value":"r"}]}""", "\"content\" and \"value\" differ, but they mean the same. *")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","refusal":"no"}]}""",
        "\"content\" and \"refusal\" are both answers. Keep one of them.")]
    [InlineData("""{"input_ids":[0,5],"labels":[-100,5],"attention_mask":[1,0]}""", "\"attention_mask\" is a list, but padded *")]
    [InlineData("""{"input_ids":[0,5],"labels":[-100,5],"loss_mask":[0,1]}""", "\"loss_mask\" is a list, but a row has no weight. *")]
    public void Refuses_keys_that_it_cannot_honor_and_skips_their_rows_on_request(string row, string problem)
    {
        var file = _here.Write("rows.jsonl", row + "\n");
        FluentActions.Invoking(() => ConversationReader.Read(file).ToList())
            .Should().Throw<InvalidDataException>().WithMessage($"{file}:1: {problem}");
        if (problem.StartsWith("the row is", StringComparison.Ordinal)) return;
        var skipped = new List<string>();
        ConversationReader.Read(file, onSkipped: skipped.Add).Should().BeEmpty();
        skipped.Should().ContainSingle();
    }

    [Theory]
    [InlineData("\"tools\":[]")]
    [InlineData("\"tools\":\"[]\"")]
    [InlineData("\"functions\":null")]
    [InlineData("\"images\":[]")]
    [InlineData("\"kto_tag\":true")]
    [InlineData("\"weight\":1.0")]
    [InlineData("\"mask\":\"User\"")]
    [InlineData("\"reasoning\":\"\"")]
    public void Accepts_values_that_change_nothing(string key) =>
        Read($$"""{"conversations":[{"from":"User","value":"q"},{"from":"Assistant","value":"a"}],{{key}}}""")
            .Should().Be("user q|assistant a");

    [Theory]
    [InlineData("""{"instruction":"q","context":"c","response":"a","category":"closed_qa"}""", "user q [c]|assistant a")]
    [InlineData("""{"instruction":"q","context":"","response":"a","category":"open_qa"}""", "user q|assistant a")]
    [InlineData("""{"instruction":"q","input":"i","context":["c","d"],"output":"a"}""", "user q\n\ni [c;d]|assistant a")]
    [InlineData("""{"system_prompt":"s","question":"q","response":"a","id":"niv.1"}""", "system s|user q|assistant a")]
    [InlineData("""{"system_prompt":"s","instruction":"q","output":"a"}""", "system s|user q|assistant a")]
    [InlineData("""{"text":"t","label":"x","system":"s"}""", "system s|user Aşağıdaki metnin sınıfını yaz. Sınıflar: x.\n\nt|assistant x")]
    [InlineData(
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"refusal":"Olmaz."}]}""",
        "user q|assistant Olmaz.")]
    [InlineData(
        """{"conversations":[{"from":"Human ","value":"q"},{"from":"GPT","value":"a"},{"from":"human","value":"r"},{"from":"bot","value":"b"}]}""",
        "user q|assistant a|user r|assistant b")]
    [InlineData(
        """{"prompt":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"r"}],"completion":[{"role":"assistant","content":"b"}]}""",
        "user q|assistant a (read)|user r|assistant b")]
    public void Honors_context_system_prompts_and_names_of_other_tools(string row, string expected) =>
        Read(row).Should().Be(expected);

    [Theory]
    [InlineData("\u200B")]
    [InlineData("\u00A0 \u2009\uFEFF")]
    public void An_answer_that_shows_nothing_is_none(string answer) =>
        ConversationReader.Read(_here.Write("rows.jsonl", $$"""{"question":"q","answer":"{{answer}}"}"""))
            .Single().Conversation!.AwaitsAnswer.Should().BeTrue();

    [Fact]
    public void Counts_unknown_keys_by_row_and_place()
    {
        var file = _here.Write("rows.jsonl", """
            {"messages":[{"role":"user","content":"q","mood":"x"},{"role":"assistant","content":"a","mood":"y"}],"rating":5,"id":1}
            {"messages":[{"role":"user","content":"r"},{"role":"assistant","content":"b"}],"rating":3,"flag":null}
            """);
        var unknown = new UnknownKeys();
        ConversationReader.Read(file, unknownKeys: unknown).Should().HaveCount(2);
        unknown.Description.Should().Be("messages[].mood (1), rating (2)");
    }

    [Fact]
    public void The_report_of_a_source_names_its_unknown_keys()
    {
        var file = _here.Write("rows.jsonl", """
            {"question":"Kablo nerede?","answer":"Depoda.","puan":5}
            {"question":"Makara nerede?","answer":"Sahada."}
            """);
        var tokenizer = new Tokenizer([]);
        var data = SftDataset.Open(
            new ChatTemplate(tokenizer), tokenizer, new([new("erp", file)], SequenceLength: 512) { ValidationShare = 0 });
        data.Report.Single().Notes.Should().Equal("erp: unknown keys, not used (rows): puan (1)");
    }

    [Theory]
    [InlineData(ConversationFormat.Messages)]
    [InlineData(ConversationFormat.ShareGpt)]
    [InlineData(ConversationFormat.Completion)]
    public void Excluded_answers_survive_conversion(ConversationFormat format)
    {
        Conversation conversation = new(
            ChatMessage.User("q"), ChatMessage.Assistant("a", isLearned: false), ChatMessage.User("r"),
            ChatMessage.Assistant("b"), ChatMessage.User("t"), ChatMessage.Assistant("c"));
        ConversationWriter.Write(_here["out.jsonl"], [new("in.jsonl", 1) { Conversation = conversation }], format);
        Spell(ConversationReader.Read(_here["out.jsonl"]).Single()).Should().Be(Spell(conversation));
    }

    [Theory]
    [InlineData(ConversationFormat.Alpaca)]
    [InlineData(ConversationFormat.Pairs)]
    [InlineData(ConversationFormat.ChatMarkup)]
    public void Refuses_to_write_an_excluded_answer_where_it_would_be_learned(ConversationFormat format)
    {
        Conversation conversation = new(ChatMessage.User("q"), ChatMessage.Assistant("a", isLearned: false));
        FluentActions
            .Invoking(() =>
                ConversationWriter.Write(_here["out.jsonl"], [new("in.jsonl", 7) { Conversation = conversation }], format))
            .Should().Throw<InvalidDataException>()
            .WithMessage($"in.jsonl:7: an answer is not learned, which the format {format} cannot represent. *");
    }

    [Theory]
    [InlineData(ConversationFormat.Messages)]
    [InlineData(ConversationFormat.Alpaca)]
    [InlineData(ConversationFormat.ShareGpt)]
    [InlineData(ConversationFormat.ChatMarkup)]
    public void Choices_and_other_answers_survive_conversion(ConversationFormat format)
    {
        var file = _here.Write("rows.jsonl", """{"question":"q","answer":"a","choices":["a","b"],"answers":[{"text":"A"}]}""");
        ConversationWriter.Write(_here["out.jsonl"], ConversationReader.Read(file), format);
        var row = ConversationReader.Read(_here["out.jsonl"]).Single();
        row.Choices.Should().Equal("a", "b");
        row.Answers.Should().Equal("A");
    }

    [Fact]
    public void Equal_texts_with_different_masks_are_different_examples()
    {
        var file = _here.Write("rows.jsonl", """
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0},{"role":"user","content":"r"},{"role":"assistant","content":"b"}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"r"},{"role":"assistant","content":"b"}]}
            """);
        var tokenizer = new Tokenizer([]);
        var data = SftDataset.Open(
            new ChatTemplate(tokenizer), tokenizer, new([new("rows", file)], SequenceLength: 512) { ValidationShare = 0 });
        data.Train.Should().HaveCount(2);
        data.Train[1].Tokens.SupervisedCount.Should().Be(data.Train[0].Tokens.SupervisedCount + 2);
    }

    private string Read(string row) => Spell(ConversationReader.Read(_here.Write("rows.jsonl", row.Trim() + "\n")).Single());
}
