using System.Text;
using FluentAssertions;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Replies in all shapes that services were reported to send.</summary>
[Trait("Suite", "Fast")]
public sealed class ReplyInterpreterTests
{
    private const string Pairs = """{"pairs":[1]}""", Quoted = """{\"pairs\":[1]}""";

    [Theory]
    // Parts: thinking first, thinking nested, strings, an object, the names of other protocols.
    [InlineData($$$"""{"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"{{{Quoted}}}"}]}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":["{\"pairs\":","[1]}"]}}]}""")]
    [InlineData(
        "{\"choices\":[{\"message\":{\"content\":{\"type\":\"output_text\",\"text\":{\"value\":\"{\\\"pairs\\\":[1]}\"}}}}]}")]
    [InlineData($$$"""{"content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"{{{Quoted}}}"}],"stop_reason":"end_turn"}""")]
    [InlineData($$$"""{"content":"{{{Quoted}}}","role":"assistant"}""")]
    // Finish reasons that are missing, null, or unknown.
    [InlineData($$$"""{"choices":[{"message":{"content":"{{{Quoted}}}"},"finish_reason":null}]}""")]
    [InlineData($$$"""{"choices":[{"message":{"content":"{{{Quoted}}}"},"finish_reason":"eos"}]}""")]
    [InlineData($$$"""{"choices":[{"message":{"content":"{{{Quoted}}}"},"finish_reason":7}],"error":null}""")]
    // Tool calls in place of text.
    [InlineData($$$"""{"choices":[{"message":{"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"pairs","arguments":"{{{Quoted}}}"}}]},"finish_reason":"tool_calls"}]}""")]
    [InlineData($$$"""{"choices":[{"message":{"content":"","tool_calls":[{"function":{"name":"pairs","arguments":{{{Pairs}}}}}]}}]}""")]
    [InlineData($$$$"""{"choices":[{"message":{"function_call":{"name":"pairs","arguments":"{{{{Quoted}}}}"}}}]}""")]
    [InlineData($$$"""{"content":[{"type":"tool_use","id":"t","name":"pairs","input":{{{Pairs}}}}],"stop_reason":"tool_use"}""")]
    // A reasoning parser that takes the answer for reasoning, and reasoning inside the text.
    [InlineData($$$"""{"choices":[{"message":{"content":null,"reasoning_content":"{{{Quoted}}}"}}]}""")]
    [InlineData($$$"""{"choices":[{"message":{"content":"{{{Quoted}}}","reasoning_content":"hm"}}]}""")]
    [InlineData($$$"""{"choices":[{"message":{"content":"<think>{}</think>\n{{{Quoted}}}"}}]}""")]
    // Legacy completions, a list around the body, a byte order mark, blank lines of keep-alive messages.
    [InlineData($$$"""{"choices":[{"text":"{{{Quoted}}}","index":0}]}""")]
    [InlineData($$$"""[{"choices":[{"message":{"content":"{{{Quoted}}}"}}]}]""")]
    [InlineData($$$"""
        {{{"\uFEFF"}}}


        {"choices":[{"message":{"content":"{{{Quoted}}}"}}]}

        """)]
    // Event streams although no stream was requested.
    [InlineData("""
        : OPENROUTER PROCESSING

        data: {"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}]}

        data: {"choices":[{"delta":{"content":"{\"pairs\""}}]}

        data: {"choices":[{"delta":{"content":":[1]}"},"finish_reason":"stop"}]}

        data: [DONE]
        """)]
    [InlineData("""
        event: message_start
        data: {"type":"message_start","message":{"usage":{"input_tokens":12,"output_tokens":1}}}

        event: content_block_delta
        data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"{\"pairs\":[1]}"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":34}}
        """)]
    public void A_text_is_found_wherever_a_service_puts_it(string body)
    {
        var reply = Interpret(body);
        (reply.Kind, reply.Reply.Problem).Should().Be((ReplyKind.Reply, ""));
        ReplyParser.FindProblem(reply.Reply.Text).Should().BeEmpty();
    }

    [Theory]
    [InlineData("", ReplyKind.Damaged, "the body is empty")]
    [InlineData("<html><body>Giriş yapın</body></html>", ReplyKind.Damaged, "the body is not JSON; it starts with \"<html>*")]
    [InlineData("""{"choices":[{"message":{"cont""", ReplyKind.Damaged, "the body is invalid or incomplete JSON: *")]
    [InlineData("true", ReplyKind.Damaged, "the body is a JSON boolean")]
    [InlineData("""["a","b"]""", ReplyKind.Damaged, "the body is a JSON array")]
    [InlineData("""{"choices":[]}""", ReplyKind.Reply, "the reply has no choice")]
    [InlineData("""{"choices":null,"usage":null}""", ReplyKind.Reply, "the reply has no choice")]
    [InlineData("""{"output":[],"status":"completed"}""", ReplyKind.Reply, "the body is in an unknown format; its keys are output, status")]
    [InlineData(
        """{"choices":[{"message":{"content":null,"refusal":"Bunu yapamam."}}]}""", ReplyKind.Refusal,
        "the model refuses: \"Bunu yapamam.\"")]
    [InlineData(
        """{"choices":[{"message":{"content":[{"type":"refusal","refusal":"Hayır."}]},"finish_reason":"stop"}]}""",
        ReplyKind.Refusal, "the model refuses: \"Hayır.\"")]
    [InlineData(
        """{"choices":[{"message":{"content":"{\"pairs\":["},"finish_reason":"content_filter"}]}""", ReplyKind.Refusal,
        "the service withholds the rest of the reply (content_filter)")]
    [InlineData("""{"content":[],"stop_reason":"refusal"}""", ReplyKind.Refusal, "the service withholds the reply (refusal)")]
    [InlineData(
        """{"choices":[{"message":{"content":"{\"pairs\":["},"finish_reason":"length"}]}""", ReplyKind.Reply,
        "cut off at the maximum number of tokens; the reply: not JSON at byte *")]
    [InlineData(
        """{"content":[{"type":"thinking","thinking":"hm"}],"stop_reason":"max_tokens"}""", ReplyKind.Reply,
        "the reply has only reasoning and no text (the model stopped with \"max_tokens\")")]
    [InlineData(
        """{"choices":[{"message":{"content":"","reasoning_content":"Önce düşünmeliyim."}}]}""", ReplyKind.Reply,
        "the reply has only reasoning and no text")]
    [InlineData(
        """{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}""", ReplyKind.Reply,
        "the reply has no text (the model stopped with \"stop\")")]
    [InlineData("""{"choices":[{"message":{"content":"ş \ud83d"}}]}""", ReplyKind.Reply, "a text with a lone surrogate")]
    [InlineData(
        """{"choices":[{"message":{"content":"{\"pairs\":[\"\\ud83d\"]}"}}]}""", ReplyKind.Reply,
        "the reply: a string is not text: *")]
    [InlineData("""{"content":[{"type":"text","text":"\udc00"}]}""", ReplyKind.Reply, "a text with a lone surrogate")]
    [InlineData("""{"error":{"message":"Provider returned error","code":502}}""", ReplyKind.Error, "502: Provider returned error")]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", ReplyKind.Error, "overloaded_error: Overloaded")]
    [InlineData("""[{"error":{"code":429,"message":"Resource has been exhausted.","status":"RESOURCE_EXHAUSTED"}}]""", ReplyKind.Error, "429 resource_exhausted: Resource has been exhausted.")]
    [InlineData("""{"code":"rate_limit_daily","message":"Error code: 429"}""", ReplyKind.Error, "rate_limit_daily: Error code: 429")]
    [InlineData("""{"detail":"Not authenticated"}""", ReplyKind.Error, "Not authenticated")]
    [InlineData(
        """{"choices":[{"error":{"message":"upstream died","code":502},"finish_reason":"error","message":{"content":"{\"pa"}}]}""",
        ReplyKind.Error, "502: upstream died")]
    [InlineData("""data: {"error":{"message":"Loading model","code":503}}""", ReplyKind.Error, "503: Loading model")]
    public void A_reply_without_a_readable_text_says_why(string body, ReplyKind kind, string problem)
    {
        var reply = Interpret(body);
        reply.Kind.Should().Be(kind);
        reply.Reply.Problem.Should().Match(problem);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":10.0,"completion_tokens":"20"}""", true, 10, 20)]
    [InlineData("""{"prompt_tokens":1e1,"completion_tokens":2.5}""", true, 10, 3)]
    [InlineData("""{"input_tokens":3,"cache_read_input_tokens":4,"cache_creation_input_tokens":null,"output_tokens":5}""", true, 7, 5)]
    [InlineData("null", false, 0, 0)]
    [InlineData("[]", false, 0, 0)]
    [InlineData("{}", false, 0, 0)]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":7}""", false, 0, 7)]
    [InlineData("""{"prompt_tokens":1e99,"completion_tokens":7}""", false, 0, 7)]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":{"n":1}}""", false, 0, 0)]
    public void Tokens_are_read_in_any_type_and_their_absence_costs_the_maximum(
        string usage, bool isKnown, long input, long output)
    {
        var reply = Interpret($$$"""{"choices":[{"message":{"content":"{{{Quoted}}}"}}],"usage":{{{usage}}}}""");
        (reply.HasUsage, reply.Reply.InputTokens, reply.Reply.OutputTokens).Should().Be((isKnown, input, output));
        reply.Reply.Cost.Should().Be(isKnown ? new ModelPrice(2, 3).ComputeCost(input, output) : 0.75m);
        reply.Reply.IsReadable.Should().BeTrue();
    }

    [Fact]
    public void A_body_that_is_not_text_is_kept_byte_for_byte_and_is_damaged()
    {
        byte[] body = [0x1f, 0x8b, 0x00, 0xff, (byte)'{'];
        var raw = RawReply.FromBytes(ReplyFormat.OpenAI, body);
        Convert.FromBase64String(raw.Body).Should().Equal(body);
        var reply = Interpret(raw, "g");
        (reply.Kind, reply.Reply.Problem).Should().Be((ReplyKind.Damaged, "the body is not UTF-8"));
    }

    [Theory]
    [InlineData("""{"answers_question":true,"claims":[{"claim":"\ud83d","supported":true,"quote":"x"}]}""")]
    [InlineData("""{"answers_question":true,"claims":[null]}""")]
    [InlineData("""{"answers_question":true}""")]
    public void A_judge_that_answers_with_something_else_is_unreadable(string text)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        Interpret(Raw($$$"""{"choices":[{"message":{"content":"{{{escaped}}}"}}]}"""), Judge.Prefix + "r01/x:1")
            .Reply.Problem.Should()
            .NotBeEmpty();
    }

    [Fact]
    public void No_change_of_a_body_makes_the_interpretation_throw()
    {
        string[] bodies =
        [
            $$$"""{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"{{{Quoted}}}"}],"tool_calls":[{"function":{"arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":20}}""",
            $$$"""{"type":"message","content":[{"type":"text","text":"{{{Quoted}}}"}],"usage":{"input_tokens":10,"output_tokens":20}}""",
            """{"error":{"message":"no","code":"x","innererror":{"code":"y"},"details":[{"retryDelay":"3s"}]}}""",
            """{"custom_id":"abc-1","response":{"status_code":200,"body":{"choices":[{"message":{"content":"x"}}]}},"error":null}""",
            """{"custom_id":"abc-1","result":{"type":"errored","error":{"type":"error","error":{"type":"api_error","message":"m"}}}}""",
            "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\nevent: x\ndata: {\"delta\":{\"text\":\"y\"}}\n",
        ];
        string[] puts =
            ["", "\"", "{", "}", "[", "]", ",", ":", "null", "0", "\\ud83d", "true", "\n", "data:", "1e999", "\u0000"];
        var random = new Random(16);
        for (var i = 0; i < 1200; i++)
        {
            var body = bodies[i % bodies.Length];
            var at = random.Next(body.Length);
            body = body[..at] + puts[random.Next(puts.Length)] + body[Math.Min(body.Length, at + random.Next(9))..];
            foreach (var format in Enum.GetValues<ReplyFormat>())
            {
                var reply = Interpret(new RawReply(format, body, BodyEncoding.Utf8), "g");
                (reply.Reply.IsReadable || reply.Reply.Problem.Length > 0).Should().BeTrue();
                // All that is shown or written is text.
                Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(reply.Reply.Text + reply.Reply.Problem))
                    .Should()
                    .Be(reply.Reply.Text + reply.Reply.Problem);
            }
        }
    }

    private static RawReply Raw(string body) => RawReply.FromBytes(ReplyFormat.OpenAI, Encoding.UTF8.GetBytes(body));

    private static InterpretedReply Interpret(string body) => Interpret(Raw(body), "g");

    private static InterpretedReply Interpret(RawReply raw, string group) =>
        ReplyInterpreter.Interpret(
            new(
                default, 1, "", "r", 1, group, "", "", "", raw.Format, raw.Encoding, raw.Body, new(2, 3), 0.75m, 0));
}
