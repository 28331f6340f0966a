using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Conversation files in all formats.</summary>
[Trait("Suite", "Fast")]
public sealed class ConversationReaderTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    public static TheoryData<string, ConversationFormat, string> Shapes() => new()
    {
        {
            """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q","context":["c","d"]},{"role":"assistant","content":"a"}]}""",
            ConversationFormat.Messages, "system s|user q [c;d]|assistant a"
        },
        {
            """{"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"5"},{"role":"assistant","content":"a"}]}""",
            ConversationFormat.Messages, "user q|assistant  → {\"name\":\"f\",\"arguments\":{}}|tool 5|assistant a"
        },
        {
            """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"text","text":"hesap"},{"type":"python","text":"1+1"},{"type":"python_output","text":"2"},{"type":"text","text":"iki"}]}]}""",
            ConversationFormat.Messages, "user q|assistant hesap → 1+1|tool 2|assistant iki"
        },
        { """{"instruction":"q","input":"","output":"a"}""", ConversationFormat.Alpaca, "user q|assistant a" },
        {
            """{"instruction":"q ","input":" i","output":"a","system":"s","history":[["x","y"]],"source":"z"}""",
            ConversationFormat.Alpaca, "system s|user x|assistant y|user q\n\ni|assistant a"
        },
        {
            """{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"},{"from":"human","value":"r"},{"from":"gpt","value":"b"}],"system":"s"}""",
            ConversationFormat.ShareGpt, "system s|user q|assistant a|user r|assistant b"
        },
        {
            """{"conversations":[{"from":"human","value":"q"},{"from":"function_call","value":"f()"},{"from":"observation","value":"5"},{"from":"gpt","value":"a"}]}""",
            ConversationFormat.ShareGpt, "user q|assistant  → f()|tool 5|assistant a"
        },
        { """{"prompt":"q","completion":" a"}""", ConversationFormat.Completion, "user q|assistant a" },
        {
            """{"prompt":[{"role":"user","content":"q"}],"completion":[{"role":"assistant","content":"a"}]}""",
            ConversationFormat.Completion, "user q|assistant a"
        },
        {
            """{"system":"s","context":"c","question":"q","answer":"a","id":"1","source":"x"}""", ConversationFormat.Pairs,
            "system s|user q [c]|assistant a"
        },
        {
            """{"soru":"q","cevap":"a","bağlam":["c","d"],"zorluk":"kolay"}""", ConversationFormat.Pairs,
            "user q [c;d]|assistant a"
        },
        {
            """{"chunk_id":"7","type":"multi","turns":[{"question":"q","answer":"a"},{"question":"r","answer":"b"}]}""",
            ConversationFormat.Pairs, "user q|assistant a|user r|assistant b"
        },
        {
            """{"turns":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", ConversationFormat.Pairs,
            "user q|assistant a"
        },
        {
            """{"context":"c","turns":[{"question":"q","answer":"a"},{"question":"r","answer":"b","context":"d"}]}""",
            ConversationFormat.Pairs, "user q [c]|assistant a|user r [d]|assistant b"
        },
        {
            """{"context":"c","turns":[{"question":"q","answer":"a","context":["d"]},{"question":"r","answer":"b"}]}""",
            ConversationFormat.Pairs, "user q [d]|assistant a|user r|assistant b"
        },
        { """{"question":"q","answer":"a","context":" "}""", ConversationFormat.Pairs, "user q|assistant a" },
        {
            """{"system":"s","prompt":"q","response":"a","context":["c"]}""", ConversationFormat.Completion,
            "system s|user q [c]|assistant a"
        },
        {
            """{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"name":"f"}]},{"role":"tool","content":"5"},{"role":"assistant","content":"a"}]}""",
            ConversationFormat.Messages, "user q|assistant  → {\"name\":\"f\"}|tool 5|assistant a"
        },
        {
            """{"text":"<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n"}""",
            ConversationFormat.ChatMarkup, "system s|user q|assistant a"
        },
        {
            """{"text":"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nq<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\na<|eot_id|><|end_of_text|>"}""",
            ConversationFormat.ChatMarkup, "user q|assistant a"
        },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Reads_every_shape(string row, ConversationFormat format, string expected)
    {
        var file = _here.Write("rows.jsonl", row + "\n");
        ConversationReader.DetectFormat(file).Should().Be(format);
        Spell(ConversationReader.Read(file).Single()).Should().Be(expected);
    }

    [Fact]
    public void A_list_may_begin_with_marks_and_blanks()
    {
        var file = _here.Write("rows.json", [0xEF, 0xBB, 0xBF, .. " \t\r\n[{\"question\":\"q\",\"answer\":\"a\"}]"u8]);
        Spell(ConversationReader.Read(file).Single()).Should().Be("user q|assistant a");
    }

    [Fact]
    public void The_task_of_a_pair_goes_before_that_of_its_group()
    {
        var file = _here.Write(
            "rows.jsonl",
            """{"system":"s","pairs":[{"question":"q","answer":"a","system":"t"},{"question":"r","answer":"b"}]}""");
        ConversationReader.Read(file).Select(Spell).Should().Equal("system t|user q|assistant a", "system s|user r|assistant b");
    }

    [Fact]
    public void Reads_pairs_below_the_context_they_share()
    {
        var file = _here.Write("groups.json", """
            [
              {"group_id": 1, "context": "c", "pairs": [{"question": "q", "answer": "a"}, {"question": "r", "answer": "b", "context": "d"}]},

              {"group_id": 2, "qa_pairs": [{"question": "t", "answer": "e"}], "system": "s"}
            ]
            """);
        ConversationReader.Read(file).Select(row => $"{row.Line}: {Spell(row)}").Should().Equal(
            "2: user q [c]|assistant a", "2: user r [d]|assistant b", "4: system s|user t|assistant e");
    }

    [Fact]
    public void Uses_the_input_of_an_instruction_as_context_when_asked()
    {
        var file = _here.Write("rows.jsonl", """{"instruction":"Özetle.","input":"Uzun metin","output":"Kısa"}""");
        Spell(ConversationReader.Read(file, inputIsContext: true).Single())
            .Should()
            .Be("user Özetle. [Uzun metin]|assistant Kısa");
    }

    [Fact]
    public void Asks_for_a_class_among_all_classes_of_the_file()
    {
        var file = _here.Write("rows.jsonl", """
            {"text":"Fatura geldi mi?","label":"finans"}
            {"text":"Makara boş.","label":"stok"}
            """);
        var rows = ConversationReader.Read(file).ToArray();
        Spell(rows[1]).Should().Be("user Aşağıdaki metnin sınıfını yaz. Sınıflar: finans, stok.\n\nMakara boş.|assistant stok");
        rows.Select(row => row.Label).Should().Equal("finans", "stok");
    }

    [Theory]
    [InlineData(
        """{"text":"Ali Konya'ya gitti, Veli kaldı.","entities":[{"text":"Ali","label":"kişi"},{"text":"Konya","label":"yer"},{"text":"Veli","label":"kişi"}]}""",
        """{"kişi":["Ali","Veli"],"yer":["Konya"]}""")]
    [InlineData("""{"text":"3 makara","fields":{"yer":null,"kişi":3}}""", """{"kişi":3,"yer":null}""")]
    public void Asks_for_the_fields_of_a_text_as_json(string row, string answer)
    {
        var read = ConversationReader.Read(_here.Write("rows.jsonl", row)).Single().Conversation!;
        read.Messages[0].Text.Should().StartWith("Aşağıdaki metinden şu bilgileri JSON olarak çıkar: kişi, yer.\n\n");
        read.Messages[1].Text.Should().Be(answer);
    }

    [Fact]
    public void Reads_marked_text_conversation_by_conversation()
    {
        var file = _here.Write("chat.txt", """
            <|im_start|>system
            s<|im_end|>
            <|im_start|>user
            q

            q<|im_end|>
            <|im_start|>assistant
            a<|im_end|>

            <|im_start|>user
            r<|im_end|>
            <|im_start|>assistant
            b<|im_end|>
            """);
        ConversationReader
            .Read(file)
            .Select(row => $"{row.Line}: {Spell(row)}")
            .Should()
            .Equal("1: system s|user q\n\nq|assistant a", "10: user r|assistant b");
    }

    [Fact]
    public void Starts_a_conversation_at_each_task_and_each_start_mark()
    {
        var task = _here.Write(
            "chat.txt",
            "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nq<|im_end|>\n"
                + "<|im_start|>system\nt<|im_end|>\n<|im_start|>user\nr<|im_end|>\n"
        );
        ConversationReader.Read(task).Select(Spell).Should().Equal("system s|user q", "system t|user r");
        var mark = _here.Write(
            "llama.txt",
            string.Concat(Enumerable.Repeat("<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nq<|eot_id|>", 2)));
        ConversationReader.Read(mark).Select(Spell).Should().Equal("user q", "user q");
        var none = () => ConversationReader.Read(_here.Write("plain.txt", "Merhaba\n")).ToList();
        none.Should()
            .Throw<InvalidDataException>()
            .WithMessage("*plain.txt has no turn that begins with <|im_start|> or <|start_header_id|>.");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-100")]
    public void Reads_tokens_with_either_mark_for_what_is_not_learned(string ignored)
    {
        var file = _here.Write(
            "rows.jsonl", $$"""{"input_ids":[0,4,300,6,2],"labels":[{{ignored}},{{ignored}},300,6,{{ignored}}]}""");
        var tokens = ConversationReader.Read(file).Single().Tokens!;
        tokens.Ids.Should().Equal(0, 4, 300, 6, 2);
        tokens.LossMask.Should().Equal(false, false, true, true, false);
    }

    [Fact]
    public void An_empty_answer_is_none()
    {
        var file = _here.Write("rows.jsonl", """{"question":"q","answer":" "}""");
        ConversationReader.Read(file).Single().Conversation!.AwaitsAnswer.Should().BeTrue();
    }

    [Theory]
    [InlineData(
        "{\"question\":\"q\",\"answer\":\"a\"}\n\n{\"question\":\"q\",\"answer\":3}",
        "rows.jsonl:3: \"answer\" is 3, but it must be a text.")]
    [InlineData("{\"question\":\"q\",\"answer\":\"a\"}\n{\"question\":\"q\"", "rows.jsonl:2: not JSON*")]
    [InlineData("{\"question\":\"q\",\"answer\":\"a\"}\n[1]", "rows.jsonl:2: the line is a list, but it must be an object.")]
    [InlineData("{\"messages\":[]}", "rows.jsonl:1: The conversation has no message.")]
    [InlineData(
        "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"user\",\"content\":\"r\"}]}",
        "rows.jsonl:1: Message 2 of the conversation is user, but the message before it is user; user and "
            + "assistant must alternate.")]
    [InlineData(
        "{\"messages\":[{\"role\":\"narrator\",\"content\":\"q\"}]}",
        "rows.jsonl:1: the role \"narrator\" is unknown; use system, user, assistant or tool.")]
    [InlineData("{\"messages\":\"q\"}", "rows.jsonl:1: \"messages\" is text, but it must be a list.")]
    [InlineData(
        "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"\"},"
            + "{\"role\":\"user\",\"content\":\"r\"}]}",
        "rows.jsonl:1: message 2 is an empty answer, but only the last message may be empty.")]
    [InlineData("{\"instruction\":\"q\",\"input\":\"\"}", "rows.jsonl:1: \"output\" is missing.")]
    [InlineData(
        "{\"instruction\":\"q\",\"output\":\"a\",\"history\":[[\"x\"]]}",
        "rows.jsonl:1: \"history\" must be a list of [question, answer] pairs.")]
    [InlineData(
        "{\"instruction\":\"q\",\"output\":\"a\"}\n{\"question\":\"q\",\"answer\":\"a\"}",
        "rows.jsonl:2: the row has the format Pairs, but the first row has the format Alpaca. Use a separate "
            + "file for each format.")]
    [InlineData(
        "{\"frage\":\"q\",\"antwort\":\"a\"}",
        "rows.jsonl:1: the row has the keys frage, antwort, which match no known format. Known: *")]
    [InlineData("{\"input_ids\":[0,5],\"labels\":[-100]}", "rows.jsonl:1: there are 2 input_ids but 1 labels.")]
    [InlineData(
        "{\"input_ids\":[0,5,6],\"labels\":[5,6,-100]}",
        "rows.jsonl:1: labels[0] is 5, but input_ids[0] is 0. A label must equal its token, or be −1 or −100; "
            + "shifted labels are not supported.")]
    [InlineData(
        "{\"input_ids\":[0,70000],\"labels\":[-100,70000]}", "rows.jsonl:1: Token 70000 is out of range; ids must be 0 … 65535.")]
    [InlineData(
        "{\"text\":\"<|im_start|>user\\nq<|im_end|> sonra\"}",
        "rows.jsonl:1: there is text after the last turn, or a turn without an end: \"sonra\".")]
    [InlineData("{\"text\":\"önce <|im_start|>user\\nq<|im_end|>\"}", "rows.jsonl:1: there is text outside the turns: \"önce\".")]
    [InlineData("{\"messages\":[\"q\"]}", "rows.jsonl:1: \"messages\" contains text, but it must be a list of objects.")]
    [InlineData(
        "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},"
            + "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"name\":\"f\"},{\"name\":\"g\"}]}]}",
        "rows.jsonl:1: an answer has 2 tool calls; the template supports one per message.")]
    [InlineData(
        "{\"instruction\":\"q\",\"output\":\"a\",\"history\":[[\"x\",7]]}",
        "rows.jsonl:1: \"history\" must be a list of [question, answer] pairs.")]
    [InlineData(
        "[{\"question\":\"q\",\"answer\":\"a\"},\n3]", "rows.jsonl:2: the list contains 3, but it must be a list of objects.")]
    [InlineData("[{\"question\":\"q\",\n\"answer\":}]", "rows.jsonl:2: not JSON*")]
    [InlineData("", "rows.jsonl is empty. *")]
    public void Reports_file_and_line_of_what_cannot_be_read(string text, string message)
    {
        var file = _here.Write("rows.jsonl", text);
        var act = () => ConversationReader.Read(file).ToList();
        act.Should().Throw<InvalidDataException>().WithMessage("*" + message);
    }

    [Fact]
    public void Reports_the_line_within_a_list()
    {
        var file = _here.Write(
            "rows.json", "[\n {\"question\":\"q\",\"answer\":\"a\"},\n\n {\"question\":\"q\",\n  \"answer\":7}\n]");
        var act = () => ConversationReader.Read(file).ToList();
        act.Should().Throw<InvalidDataException>().WithMessage("*rows.json:4: \"answer\" is 7, but it must be a text.");
    }

    [Fact]
    public void Refuses_text_that_is_not_UTF_8()
    {
        var file = _here.Write("rows.jsonl", [.. "{\"question\":\"q"u8, 0xFE, .. "\",\"answer\":\"a\"}"u8]);
        var act = () => ConversationReader.Read(file).ToList();
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                "*rows.jsonl is not valid UTF-8: byte 0xFE at offset 14 (line 1). Convert it first*iconv -f WINDOWS-1254*");
    }

    [Fact]
    public void Refuses_a_file_that_is_not_there()
    {
        var act = () => ConversationReader.Read(_here["none.jsonl"]).ToList();
        act.Should()
            .Throw<FileNotFoundException>()
            .WithMessage("The conversation file *none.jsonl does not exist. Give a .jsonl, .json or .txt file.");
    }

    [Fact]
    public void Skips_unreadable_rows_when_asked_and_says_which()
    {
        var file = _here.Write(
            "rows.jsonl",
            "{\"question\":\"q\",\"answer\":\"a\"}\n{\"question\":1,\"answer\":\"a\"}\n{\"question\":\"r\",\"answer\":\"b\"}");
        var skipped = new List<string>();
        ConversationReader
            .Read(file, onSkipped: skipped.Add)
            .Select(Spell)
            .Should()
            .Equal("user q|assistant a", "user r|assistant b");
        skipped.Should().ContainSingle().Which.Should().EndWith("rows.jsonl:2: \"question\" is 1, but it must be a text.");
    }

    [Theory]
    [InlineData(ConversationFormat.Messages)]
    [InlineData(ConversationFormat.Completion)]
    [InlineData(ConversationFormat.Pairs)]
    [InlineData(ConversationFormat.Alpaca)]
    [InlineData(ConversationFormat.ShareGpt)]
    [InlineData(ConversationFormat.ChatMarkup)]
    public void What_is_written_reads_back_equal(ConversationFormat format)
    {
        var withContext =
            format
            is ConversationFormat.Messages
                or ConversationFormat.Completion
                or ConversationFormat.Pairs
                or ConversationFormat.Alpaca;
        Conversation[] conversations =
        [
            new(ChatMessage.User("İş \"emri\"\n\nnedir?"), ChatMessage.Assistant("Kayıt\\tır.")),
            new(
                ChatMessage.System("Kısa."), ChatMessage.User("a"), ChatMessage.Assistant("b"),
                ChatMessage.User("c", withContext ? ["d"] : []),
                ChatMessage.Assistant("e")),
        ];
        var file = _here["out.jsonl"];
        ConversationWriter
            .Write(file, conversations.Select(c => new ConversationRow("in.jsonl", 1) { Conversation = c }), format)
            .Should()
            .Be(2);
        ConversationReader.DetectFormat(file).Should().Be(format);
        ConversationReader
            .Read(file, inputIsContext: true)
            .Select(row => row.Conversation!.Messages)
            .Should()
            .BeEquivalentTo(conversations.Select(c => c.Messages));
        File.Exists(file + ".partial").Should().BeFalse();
    }

    [Theory]
    [InlineData(ConversationFormat.Messages, "5")]
    [InlineData(ConversationFormat.ShareGpt, "5")]
    [InlineData(ConversationFormat.ShareGpt, "")]
    public void Tool_calls_survive_as_messages_and_in_share_gpt(ConversationFormat format, string answer)
    {
        Conversation conversation = new(
            ChatMessage.User("q"), ChatMessage.Assistant("", "f()"), ChatMessage.Tool(answer),
            ChatMessage.Assistant("a"));
        ConversationWriter.Write(_here["out.jsonl"], [new("in.jsonl", 1) { Conversation = conversation }], format);
        ConversationReader.Read(_here["out.jsonl"]).Single().Conversation!.Messages.Should().Equal(conversation.Messages);
    }

    [Theory]
    [InlineData(
        ConversationFormat.ShareGpt,
        "in.jsonl:7: there is context, which the format ShareGpt cannot represent. Use the format Messages.")]
    [InlineData(
        ConversationFormat.ChatMarkup,
        "in.jsonl:7: there is context, which the format ChatMarkup cannot represent. Use the format Messages.")]
    [InlineData(
        ConversationFormat.Alpaca,
        "in.jsonl:7: there is more than one context, which the format Alpaca cannot represent. Use the format " + "Messages.")]
    public void Refuses_to_write_what_a_shape_cannot_hold_and_leaves_the_old_file(ConversationFormat format, string message)
    {
        _here.Write("out.jsonl", "old");
        var act = () =>
            ConversationWriter.Write(
                _here["out.jsonl"],
                [new("in.jsonl", 7) { Conversation = new(ChatMessage.User("q", "c", "d"), ChatMessage.Assistant("a")) }],
                format);
        act.Should().Throw<InvalidDataException>().WithMessage(message);
        File.ReadAllText(_here["out.jsonl"]).Should().Be("old");
    }

    [Theory]
    [InlineData(ConversationFormat.Pairs, "a tool is called")]
    [InlineData(ConversationFormat.Alpaca, "a tool is called")]
    [InlineData(ConversationFormat.ChatMarkup, "a tool is called")]
    [InlineData(ConversationFormat.ShareGpt, "an answer has both text and a tool call")]
    public void Refuses_to_write_a_call_where_it_would_be_lost(ConversationFormat format, string why) => Refuses(format, why,
        new(ChatMessage.User("q"), ChatMessage.Assistant("a", "f()"), ChatMessage.Tool("5"), ChatMessage.Assistant("b")));

    [Theory]
    [InlineData(ConversationFormat.Pairs)]
    [InlineData(ConversationFormat.Alpaca)]
    [InlineData(ConversationFormat.Completion)]
    public void Refuses_to_write_a_question_alone_where_an_answer_must_be(ConversationFormat format) =>
        Refuses(format, "the conversation does not end with an answer", new(ChatMessage.User("q")));

    [Fact]
    public void Refuses_to_write_a_text_that_would_be_read_as_a_mark() =>
        Refuses(
            ConversationFormat.ChatMarkup, "a text contains markup of the format",
            new(ChatMessage.User("q"), ChatMessage.Assistant("<|im_end|>")));

    [Fact]
    public void Every_turn_of_pairs_keeps_its_context()
    {
        Conversation conversation = new(
            ChatMessage.User("q", "c"), ChatMessage.Assistant("a"), ChatMessage.User("r", "d"),
            ChatMessage.Assistant("b"));
        ConversationWriter.Write(
            _here["out.jsonl"],
            [new("in.jsonl", 1) { Conversation = conversation }],
            ConversationFormat.Pairs);
        ConversationReader.Read(_here["out.jsonl"]).Single().Conversation!.Messages.Should().Equal(conversation.Messages);
    }

    [Fact]
    public void Tokens_are_written_for_other_trainers_and_read_back()
    {
        var template = new ChatTemplate(new Tokenizer([]));
        Conversation conversation = new(ChatMessage.User("q"), ChatMessage.Assistant("a"));
        ConversationWriter.Write(
            _here["out.jsonl"],
            [new("in.jsonl", 1) { Conversation = conversation }],
            ConversationFormat.Tokens, template);
        File.ReadAllText(_here["out.jsonl"]).Should().Contain("-100").And.NotContain("-1,");
        var read = ConversationReader.Read(_here["out.jsonl"]).Single().Tokens!;
        read.Ids.Select(id => (int)id).Should().Equal(template.Render(conversation).Ids);
        read.LossMask.Should().Equal(template.Render(conversation).LossMask);
    }

    private void Refuses(ConversationFormat format, string why, Conversation conversation)
    {
        var act = () =>
            ConversationWriter.Write(_here["out.jsonl"], [new("in.jsonl", 7) { Conversation = conversation }], format);
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage($"in.jsonl:7: {why}, which the format {format} cannot represent. Use the format Messages.");
    }

    private static string Spell(ConversationRow row) => string.Join('|', row.Conversation!.Messages.Select(m =>
        $"{ChatMessage.GetRoleName(m.Role)} {m.Text}"
        + $"{(m.Context.Count > 0 ? $" [{string.Join(';', m.Context)}]" : "")}"
        + $"{(m.ToolCall is { } call ? $" → {call}" : "")}"));
}
