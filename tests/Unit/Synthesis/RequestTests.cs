using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>What a request, its price and its reply consist of.</summary>
[Trait("Suite", "Fast")]
public sealed class RequestTests
{
    private static readonly ModelRequest Request = new("g", "c", "m", "p", "s", "u", "{}", 100);

    [Fact]
    public void Everything_that_determines_the_reply_changes_the_id()
    {
        ModelRequest[] others =
        [
            Request with { Group = "G" }, Request with { Model = "M" }, Request with { System = "S" },
            Request with { User = "U" }, Request with { Schema = "[]" }, Request with { MaxTokens = 101 },
        ];
        others.Select(other => other.Id).Append(Request.Id).Should().OnlyHaveUniqueItems();
        (Request with { Context = "C", Prompt = "P" }).Id.Should().Be(Request.Id);
        (Request.GetKey(1), Request.GetKey(12)).Should().Be(($"{Request.Id}-1", $"{Request.Id}-12"));
    }

    [Fact]
    public void Tokens_are_bounded_by_bytes_and_estimated_from_them()
    {
        var request = Request with { System = new('ı', 300), User = new('ş', 200), Schema = "{\"ğ\":1}" };
        request.MaxInputTokens.Should().Be(600 + 400 + 8 + 1024);
        var estimate = Estimate.Create(request, 7);
        (estimate.InputTokens, estimate.OutputTokens).Should().Be(((600 + 400 + 8) * 2 / 5, 7 * 150L));
    }

    [Fact]
    public void Prices_are_per_million_tokens_and_batches_cost_half()
    {
        var price = new ModelPrice(2, 7);
        price.ComputeCost(1000, 30).Should().Be(0.00221m);
        price.BatchPrice.Should().Be(new ModelPrice(1, 3.5m));
        price.ComputeMaxCost(Request).Should().Be(price.ComputeCost(Request.MaxInputTokens, 100));
    }

    [Theory]
    [InlineData(ReplyFormat.Recorded, """{"group":"g","attempt":1,"text":"t","input_tokens":10,"output_tokens":30}""")]
    [InlineData(
        ReplyFormat.AnthropicBatch,
        """{"custom_id":"r-1","result":{"type":"succeeded","message":{"content":[{"type":"text","text":"t"}],"usage":{"input_tokens":10,"output_tokens":30}}}}""")]
    [InlineData(
        ReplyFormat.OpenAIBatch,
        """{"custom_id":"r-1","response":{"status_code":200,"body":{"choices":[{"message":{"content":"t"}}],"usage":{"prompt_tokens":10,"completion_tokens":30}}}}""")]
    [InlineData(
        ReplyFormat.OpenAI,
        """{"choices":[{"message":{"content":[{"type":"reasoning","text":"hm"},{"type":"text","text":"t"}]}}],"usage":{"prompt_tokens":10,"completion_tokens":30}}""")]
    [InlineData(
        ReplyFormat.Anthropic,
        """{"content":[{"type":"text","text":"t"}],"usage":{"input_tokens":1,"cache_creation_input_tokens":2,"cache_read_input_tokens":7,"output_tokens":30}}""")]
    public void Every_format_has_its_text_and_tokens(ReplyFormat format, string body)
    {
        var reply = ReplyInterpreter.Interpret(
            new(default, 1, "", "r", 1, "g", "", "", "", format, BodyEncoding.Utf8, body, new(2, 7), 9, 0));
        (reply.Reply.Text, reply.Reply.InputTokens, reply.Reply.OutputTokens, reply.Reply.Cost, reply.HasUsage)
            .Should().Be(("t", 10, 30, (20 + 210) / 1_000_000m, true));
    }

    [Fact]
    public void A_request_asks_about_its_group()
    {
        var chunks = new ChunkSet(
            [TestChunk.Create(1, tokens: 300), TestChunk.Create(2, tokens: 300), TestChunk.Create(3, "en")]);
        var group = new ChunkGroup("r03/x", 3, "Başlık ğ", "tr", [chunks.All[2].ChunkId, chunks.All[1].ChunkId], 600);
        var request = new GroupRequestBuilder(chunks, Prompt.Load("v2"), "Sistem anlatımı.").Build(group, "m");
        (request.Group, request.Model, request.MaxTokens).Should().Be(("r03/x", "m", 1000 + 15 * 400));
        request.User.Should().ContainAll(
            "Başlık ğ", "15", "bir modülün tamamı", $"[K1] {chunks.All[2].Breadcrumb}\n\n{chunks.All[2].Text}", "[K2] ");
        request.User.Should().NotContain("depo, depo").And.NotContain("[K3]");
        request.System.Should().Contain("Sistem anlatımı.");
        var changed = new ChunkSet(chunks.All.Select(chunk => chunk with { Text = chunk.Text + " " }));
        LabeledChunks.Select(changed, group.Chunks).Hash.Should().NotBe(request.Context);
        LabeledChunks.Select(chunks, group.Chunks.Reverse()).Hash.Should().NotBe(request.Context);
        LabeledChunks.Select(chunks, group.Chunks).Hash.Should().Be(request.Context);
    }

    [Fact]
    public void A_pilot_takes_the_groups_of_each_rule_by_their_hashes()
    {
        ChunkGroup[] groups =
        [
            .. Enumerable.Range(0, 40).Select(i =>
                new ChunkGroup(FormattableString.Invariant($"r{i % 2 + 1:D2}/ğ{i}"), i % 2 + 1, "", "tr", [], 100 + i)),
        ];
        var pilot = PilotGroups.Select(new(1, "", 1, groups), 6).Select(group => group.Id).ToArray();
        pilot.Should().BeEquivalentTo(groups.GroupBy(group => group.Rule).SelectMany(rule => rule
            .Select(group => group.Id)
            .OrderBy(id => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id))), StringComparer.Ordinal)
            .Take(3)));
    }

    [Fact]
    public async Task Recorded_replies_are_given_by_group_and_attempt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder / "a.jsonl",
        [
            """{"group":"g","attempt":1,"text":"ilk","input_tokens":1,"output_tokens":2}""",
            """{"group":"g","attempt":2,"text":"ikinci","input_tokens":3,"output_tokens":4}""",
        ]);
        var provider = new ReplayProvider(folder.Path);
        (await provider.GetReplyAsync(Request, 2, default)).Body.Should().Contain("ikinci");
        (provider.HasReply("g"), provider.HasReply("h")).Should().Be((true, false));
        await FluentActions.Awaiting(() => provider.GetReplyAsync(Request, 3, default)).Should().ThrowAsync<ProviderException>();
    }

    [Fact]
    public void Another_schema_is_another_version_of_a_prompt_and_line_ends_are_not()
    {
        using var folder = new TemporaryFolder();
        string Version(string system, string schema)
        {
            File.WriteAllText(folder / "own.system.md", system);
            File.WriteAllText(folder / "own.user.md", "{{chunks}}");
            File.WriteAllText(folder / "own.schema.json", schema);
            return Prompt.Load("own", folder.Path).Version;
        }
        var version = Version("a\nb", "{}");
        Version("a\r\nb", "{}").Should().Be(version);
        new[] { Version("a\nb", "[]"), Version("a\nc", "{}") }.Should().NotContain(version).And.OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData("v1", Difficulty.Easy, 1, 2, 60)]
    [InlineData("v1", Difficulty.Medium, 2, 4, 120)]
    [InlineData("v1", Difficulty.Hard, 4, 6, 180)]
    [InlineData("v2", Difficulty.Easy, 1, int.MaxValue, 60)]
    [InlineData("v2", Difficulty.Medium, 1, int.MaxValue, 120)]
    [InlineData("v2", Difficulty.Hard, 1, int.MaxValue, 200)]
    public void The_bounds_of_answers_are_those_of_the_report(
        string prompt, Difficulty difficulty, int min, int max, int words) =>
        Prompt.Load(prompt).GetAnswerLength(difficulty).Should().Be(new AnswerLength(min, max, words));
}
