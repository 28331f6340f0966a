using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class ReplyParserTests
{
    private const string Good = """{"type":"olgusal","difficulty":"kolay","question":"S?","answer":"Y.","sources":["K1"]}""";

    private static readonly LabeledChunks Shown = LabeledChunks.Select(
        ErpDocumentation.Chunks,
        ["tr/admin/index#modulun-amaci", "tr/admin/index#modul-haritasi"]);

    [Theory]
    [InlineData("", "the reply*: not JSON at byte *")]
    [InlineData("{\"pairs\": [", "the reply*: not JSON at byte *")]
    [InlineData("İşte çiftler: {\"pairs\":[]}", "the reply*: not JSON at byte *")]
    [InlineData("[]", "not an object with an array \"pairs\"")]
    [InlineData("null", "not an object with an array \"pairs\"")]
    [InlineData("{\"pairs\":{}}", "not an object with an array \"pairs\"")]
    [InlineData("{\"pairs\":[]}", "the array \"pairs\" is empty")]
    [InlineData("{\"pairs\":[1],\"note\":\"x\"}", "unexpected keys other than \"pairs\": note")]
    [InlineData("{\"pairs\":[1],\"pairs\":[2]}", "the reply*: *pairs*")]
    [InlineData("{\"pairs\":[\"\\ud83d\"]}", "the reply: a string is not text: \\ud83d is half of a surrogate pair*")]
    public void A_reply_that_cannot_be_read_says_why(string text, string problem) =>
        ReplyParser.FindProblem(text).Should().Match(problem);

    [Theory]
    [InlineData($"{{\"pairs\":[{Good}]}}")]
    [InlineData($"```json\n{{\"pairs\":[{Good}]}}\n```")]
    [InlineData($"\n  {{ \"pairs\" : [ {Good} ] }}\t")]
    [InlineData($"<think>\nÖnce {{\"pairs\":[]}} diye düşünürüm.\n</think>\n\n{{\"pairs\":[{Good}]}}")]
    [InlineData($"Düşünürüm: </think> bir etikettir.\n</think>\n{{\"pairs\":[{Good}]}}")]
    [InlineData($"Düşünürüm.\n</think>\n```json\n{{\"pairs\":[{Good}]}}\n```")]
    public void Takes_an_object_after_reasoning_and_a_fence_around_it(string text) =>
        ReplyParser.FindProblem(text).Should().BeEmpty();

    [Theory]
    [InlineData("3", RejectionReason.Schema, "not an object")]
    [InlineData(
        """{"type":"olgusal","difficulty":"kolay","question":"S?","answer":"Y."}""", RejectionReason.Schema,
        "missing key \"sources\"")]
    [InlineData(
        """{"type":"olgusal","difficulty":"kolay","question":"S?","answer":"Y.","sources":["K1"],"note":1}""",
        RejectionReason.Schema, "unknown key \"note\"")]
    [InlineData(
        """{"type":"Olgusal","difficulty":"kolay","question":"S?","answer":"Y.","sources":["K1"]}""", RejectionReason.Schema,
        "unknown type Olgusal")]
    [InlineData(
        """{"type":0,"difficulty":"kolay","question":"S?","answer":"Y.","sources":["K1"]}""", RejectionReason.Schema,
        "unknown type ")]
    [InlineData(
        """{"type":"liste","difficulty":"easy","question":"S?","answer":"Y.","sources":["K1"]}""", RejectionReason.Schema,
        "unknown difficulty easy")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","question":" ","answer":"Y.","sources":["K1"]}""", RejectionReason.Schema,
        "a question or an answer is empty or not a text")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","question":"S?","answer":["Y."],"sources":["K1"]}""", RejectionReason.Schema,
        "a question or an answer is empty or not a text")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","question":"S?","answer":"Y.","sources":"K1"}""", RejectionReason.Schema,
        "\"sources\" is not an array of texts")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","question":"S?","answer":"Y.","sources":[]}""", RejectionReason.Source,
        "no source")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","question":"S?","answer":"Y.","sources":["K3"]}""", RejectionReason.Source,
        "source K3, but K1 … K2 were shown")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","turns":[{"question":"S?","answer":"Y."}],"sources":["K1"]}""",
        RejectionReason.Schema, "1 turn, must be 2 or 3")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","turns":[{"question":"A?","answer":"a"},{"question":"B?","answer":"b"},{"question":"C?","answer":"c"},{"question":"D?","answer":"d"}],"sources":["K1"]}""",
        RejectionReason.Schema, "4 turns, must be 2 or 3")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","question":"S?","answer":"Y.","sources":["K0"]}""", RejectionReason.Source,
        "source K0, but K1 … K2 were shown")]
    [InlineData(
        """{"type":"liste","difficulty":"zor","turns":[{"question":"S?","answer":"Y.","x":1},{"question":"S?","answer":"Y."}],"sources":["K1"]}""",
        RejectionReason.Schema, "a question or an answer is empty or not a text")]
    public void A_pair_that_breaks_the_schema_is_rejected_and_kept_and_the_others_are_taken(
        string item, RejectionReason reason, string evidence)
    {
        var (pairs, rejected) = ReplyParser.Parse("g", Shown, $"{{\"pairs\":[{Good},{item},{Good}]}}");
        pairs.Select(pair => pair.Id).Should().Equal("g:1", "g:3");
        var only = rejected.Should().ContainSingle().Subject;
        (only.Id, only.Reason, only.Evidence).Should().Be(("g:2", reason, evidence));
        only.Raw.Should().NotBeEmpty();
    }

    [Fact]
    public void Reads_pairs_and_conversations()
    {
        var (pairs, rejected) = ReplyParser.Parse("g", Shown, """
            {"pairs":[{"type":"karşılaştırmalı","difficulty":"orta","question":" S\u0131? ","answer":"Y\u0131l.","sources":["K2","[K1]","K2"]},
            {"type":"prosedürel","difficulty":"zor","turns":[{"question":"A?","answer":"a"},{"question":"B?","answer":"b"}],"sources":["K1"]}]}
            """);
        rejected.Should().BeEmpty();
        JsonText
            .Serialize(pairs[0])
            .Should()
            .Be(
                """{"id":"g:1","group":"g","type":"karşılaştırmalı","difficulty":"orta","turns":[{"question":"Sı?","answer":"Yıl."}],"sources":["tr/admin/index#modul-haritasi","tr/admin/index#modulun-amaci"]}"""
            );
        pairs[1].Turns.Should().Equal(new QaTurn("A?", "a"), new QaTurn("B?", "b"));
        pairs[1].IsConversation.Should().BeTrue();
    }
}
