using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>Clients that misbehave, and a server that is full or stops.</summary>
[Trait("Suite", "Fast")]
public sealed class FaultTests
{
    private const string Endless =
        """{"messages": [{"role": "user", "content": "?"}], "max_tokens": 100000, "stream": true}""";

    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;
    private static readonly int Letter = Tokenizer.EncodeToIds("k")[0];

    [Fact]
    public async Task A_cut_connection_ends_the_answer_and_the_next_one_gets_its_place()
    {
        using var decoder = new FakeDecoder(Tokenizer, 100_000, _ => Letter) { BeforeStep = () => Thread.Sleep(1) };
        await using var server = await TestServer.StartAsync(decoder, new() { MaxTexts = 1 });
        for (var i = 0; i < 3; i++)
        {
            using (var client = await SendAsync(server, Post(Endless)))
            {
                var buffer = new byte[2000];
                await client.GetStream().ReadExactlyAsync(buffer, Cancel);
                Encoding.UTF8.GetString(buffer).Should().StartWith("HTTP/1.1 200").And.Contain("\"content\":\"k\"");
                client.LingerState = new(enable: true, 0);      // a reset, as after a crash
            }
            await server.WaitUntilIdleAsync();
        }
        server.Scheduler.Counters.CancelledTexts.Should().Be(3);
        (decoder.CreatedSequences, (await AskAsync(server, 2)).Status).Should().Be((1, 200));
        server.Log.Should().Contain(line => line.Contains(" 499 "));
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_leaves_the_queue()
    {
        using var gate = new SemaphoreSlim(0);
        using var decoder = new FakeDecoder(Tokenizer, 20_000, _ => Letter) { BeforeStep = () => gate.Wait(Cancel) };
        await using var server = await TestServer.StartAsync(decoder, new() { MaxTexts = 1 });
        var first = AskAsync(server, 3);
        while (server.Scheduler.Counters.Running == 0) await Task.Delay(1, Cancel);
        using (await SendAsync(server, Post(Endless)))
            while (server.Scheduler.Counters.Waiting == 0) await Task.Delay(1, Cancel);
        // Step by step, because the server notices some time later that the client has left.
        for (; server.Scheduler.Counters.CancelledTexts == 0; await Task.Delay(1, Cancel)) gate.Release();
        gate.Release(1000);
        (await first).Status.Should().Be(200);
        await server.WaitUntilIdleAsync();
        server.Scheduler.Counters.CancelledTexts.Should().Be(1);
    }

    [Fact]
    public async Task A_client_that_does_not_read_delays_no_other()
    {
        using var decoder = new FakeDecoder(Tokenizer, 20_000, _ => Letter);
        await using var server = await TestServer.StartAsync(decoder, new() { MaxTexts = 2 });
        using var stuck = await SendAsync(server, Post(Endless));
        for (var i = 0; i < 20; i++) (await AskAsync(server, 5)).Status.Should().Be(200);
        // Its text is finished without it, and waits in memory that its length bounds.
        await server.WaitUntilIdleAsync();
        server.Scheduler.Counters.FinishedTexts.Should().Be(21);
    }

    [Fact]
    public async Task A_full_queue_says_when_to_come_back()
    {
        using var gate = new SemaphoreSlim(0);
        using var decoder = new FakeDecoder(Tokenizer, 1000, _ => Letter) { BeforeStep = () => gate.Wait(Cancel) };
        await using var server = await TestServer.StartAsync(decoder, new() { MaxTexts = 1, MaxQueue = 1 });
        var accepted = new[] { AskAsync(server, 1), AskAsync(server, 1) };
        while (server.Scheduler.Counters is { Running: 0 } or { Waiting: 0 }) await Task.Delay(1, Cancel);
        using var refused = await server.PostBytesAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(Endless));
        ((int)refused.StatusCode, refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1)).Should().Be((429, true));
        (await refused.Content.ReadAsStringAsync(Cancel)).Should().Contain("queue_full").And.Contain("rate_limit_error");
        gate.Release(1000);
        (await Task.WhenAll(accepted)).Should().OnlyContain(reply => reply.Status == 200);
    }

    [Fact]
    public async Task Bodies_beyond_the_limit_are_refused_with_and_without_a_length()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Evet.");
        await using var server = await TestServer.StartAsync(decoder, change: options => options with { MaxBodyBytes = 2048 });
        var huge = Encoding.UTF8.GetBytes($$"""{"content": "{{new string('k', 5000)}}"}""");
        using var reply = await server.PostBytesAsync("/tokenize", huge);
        ((int)reply.StatusCode).Should().Be(413);
        (await reply.Content.ReadAsStringAsync(Cancel)).Should().Contain("request_too_large");
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/tokenize")
        {
            Content = new StreamContent(new MemoryStream(huge)) { Headers = { ContentType = new("application/json") } },
            Headers = { TransferEncodingChunked = true },
        };
        using var second = await server.Http.SendAsync(chunked, Cancel);
        ((int)second.StatusCode).Should().Be(413);
        (await server.PostAsync("/tokenize", """{"content": "k"}""")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Deep_nesting_and_bytes_that_are_not_UTF_8_are_refused()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Evet.");
        await using var server = await TestServer.StartAsync(decoder);
        var deep = $$"""{"messages": {{new string('[', 50_000)}}{{new string(']', 50_000)}}}""";
        (await server.PostAsync("/v1/chat/completions", deep)).Status.Should().Be(400);
        using var reply = await server.PostBytesAsync("/tokenize", [.. "{\"content\": \""u8, 0xC3, 0x28, .. "\"}"u8]);
        ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync(Cancel)).Should()
            .Match<(int Status, string Text)>(it => it.Status == 400 && it.Text.Contains("not valid UTF-8"));
        var schema = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 25)) + "{}" + new string('}', 25);
        var (status, answer) = await server.PostAsync("/v1/chat/completions", $$$"""
            {"messages": [{"role": "user", "content": "?"}], "response_format":
             {"type": "json_schema", "json_schema": {"schema": {{{schema}}} }}, "max_tokens": 3}
            """);
        status.Should().Be(200, answer.ToString());
    }

    [Fact]
    public async Task Bytes_that_are_no_request_harm_nobody()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Evet.");
        await using var server = await TestServer.StartAsync(decoder);
        string[] requests = ["GET", "\0\u0001\u0002\r\n\r\n", "POST /tokenize HTTP/1.1\r\nContent-Length: -1\r\n\r\n"];
        foreach (var bytes in requests)
            (await SendAsync(server, Encoding.Latin1.GetBytes(bytes))).Dispose();
        // A body that ends before its length.
        using (await SendAsync(server, Post(Endless)[..^20]))
        {
        }
        (await AskAsync(server, 5)).Status.Should().Be(200);
        server.Log.Should().OnlyContain(line => !line.StartsWith("Error"));
    }

    [Fact]
    public async Task A_failure_during_an_answer_is_an_error_in_the_stream_and_a_line_of_the_log()
    {
        var steps = 0;
        using var decoder = new FakeDecoder(Tokenizer, 1000, _ => Letter)
        {
            BeforeStep = () =>
            {
                if (++steps == 5) throw new InvalidOperationException("secret reason");
            },
        };
        await using var server = await TestServer.StartAsync(decoder);
        using var reply = await server.PostBytesAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(Endless));
        (await reply.Content.ReadAsStringAsync(Cancel)).Should().Contain("\"content\":\"k\"").And.Contain("internal_error")
            .And.NotContain("secret reason").And.NotContain("[DONE]");
        (await AskAsync(server, 3)).Status.Should().Be(200);
        server.Log.Should().Contain(line => line.Contains("secret reason"));
        (await server.Http.GetStringAsync("/metrics", Cancel)).Should()
            .Contain("path=\"/v1/chat/completions\",status=\"500\"} 1");
    }

    [Fact]
    public async Task When_it_stops_answers_in_progress_are_finished_and_others_refused()
    {
        using var decoder = new FakeDecoder(Tokenizer, 1000, _ => Letter) { BeforeStep = () => Thread.Sleep(2) };
        await using var server = await TestServer.StartAsync(decoder);
        var running = AskAsync(server, 150);
        while (server.Scheduler.Counters.Running == 0) await Task.Delay(1, Cancel);
        var stopping = server.StopAsync(TimeSpan.FromMinutes(1));
        using var refused = await server.PostBytesAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(Endless));
        ((int)refused.StatusCode, refused.Headers.RetryAfter is null).Should().Be((503, false));
        ((int)(await server.Http.GetAsync("/health", Cancel)).StatusCode).Should().Be(503);
        var (status, reply) = await running;
        (status, reply.GetProperty("usage").GetProperty("completion_tokens").GetInt32()).Should().Be((200, 150));
        await stopping;
    }

    [Fact]
    public async Task After_the_limit_answers_are_cut_off_and_sent()
    {
        using var decoder = new FakeDecoder(Tokenizer, 100_000, _ => Letter) { BeforeStep = () => Thread.Sleep(2) };
        await using var server = await TestServer.StartAsync(decoder);
        var running = AskAsync(server, 90_000);
        while (server.Scheduler.Counters.GeneratedTokens < 5) await Task.Delay(1, Cancel);
        var clock = Stopwatch.StartNew();
        await server.StopAsync(TimeSpan.FromMilliseconds(50));
        var (status, reply) = await running;
        (status, reply.GetProperty("choices")[0].GetProperty("finish_reason").GetString()).Should().Be((200, "length"));
        clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(60));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<(int Status, JsonElement Reply)> AskAsync(TestServer server, int tokens) => server.PostAsync(
        "/v1/chat/completions", $$"""{"messages": [{"role": "user", "content": "?"}], "max_tokens": {{tokens}} }""");

    private static byte[] Post(string json) => Encoding.UTF8.GetBytes(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    private static async Task<TcpClient> SendAsync(TestServer server, byte[] bytes)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Cancel);
        await client.GetStream().WriteAsync(bytes, Cancel);
        return client;
    }
}
