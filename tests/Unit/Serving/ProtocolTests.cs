using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Server;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>Requests and replies as bytes: what a client without a library sees.</summary>
[Trait("Suite", "Fast")]
public sealed class ProtocolTests
{
    private const string Question = """ "messages": [{"role": "user", "content": "Makara nerede?"}] """;

    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;

    [Fact]
    public async Task A_stream_is_events_with_one_line_of_JSON_and_an_end()
    {
        await using var server = await StartAsync("Iğdır'da.");
        using var reply = await server.PostBytesAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(
            $$"""{ {{Question}}, "stream": true, "stream_options": {"include_usage": true} }"""));
        reply.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        var events = (await reply.Content.ReadAsStringAsync(Cancel)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events.Should().OnlyContain(line => line.StartsWith("data: ") && !line.Contains('\n'));
        events[^1].Should().Be("data: [DONE]");
        var parts = events[..^1].Select(line => JsonDocument.Parse(line[6..]).RootElement).ToArray();
        parts.Select(part => part.GetProperty("id").GetString()).Distinct().Should().ContainSingle();
        parts.Should().OnlyContain(part => part.GetProperty("object").GetString() == "chat.completion.chunk");
        Delta(parts[0]).GetProperty("role").GetString().Should().Be("assistant");
        string.Concat(parts.SkipLast(2).Select(part => Delta(part).GetProperty("content").GetString())).Should().Be("Iğdır'da.");
        parts[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString().Should().Be("stop");
        parts[^1].GetProperty("choices").GetArrayLength().Should().Be(0);
        parts[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32()
            .Should().Be(Tokenizer.CountTokens("Iğdır'da."));

        static JsonElement Delta(JsonElement part) => part.GetProperty("choices")[0].GetProperty("delta");
    }

    [Fact]
    public async Task Continues_texts_and_token_ids()
    {
        var letter = Tokenizer.EncodeToIds("k")[0];
        using var decoder = new FakeDecoder(Tokenizer, 200, text => text.Count < 12 ? letter : SpecialTokens.EndOfText);
        await using var server = await TestServer.StartAsync(decoder, converses: false);
        var (status, reply) = await server.PostAsync("/v1/completions", """
            {"prompt": ["kk", "k"], "max_tokens": 20, "logprobs": 2, "n": 1}
            """);
        status.Should().Be(200);
        reply.GetProperty("object").GetString().Should().Be("text_completion");
        var choices = reply.GetProperty("choices");
        choices.GetArrayLength().Should().Be(2);
        var count = 12 - 1 - Tokenizer.CountTokens("kk");
        (choices[0].GetProperty("text").GetString(), choices[0].GetProperty("finish_reason").GetString())
            .Should().Be((new string('k', count), "stop"));
        var logprobs = choices[0].GetProperty("logprobs");
        logprobs.GetProperty("tokens").GetArrayLength().Should().Be(count);
        logprobs.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32())
            .Should().Equal(Enumerable.Range(0, count));
        logprobs.GetProperty("top_logprobs")[0].EnumerateObject().Should().HaveCount(2);
        var (_, fromIds) = await server.PostAsync("/v1/completions", $$"""{"prompt": [0, {{letter}}], "max_tokens": 3}""");
        (fromIds.GetProperty("choices")[0].GetProperty("text").GetString(),
            fromIds.GetProperty("choices")[0].GetProperty("finish_reason").GetString()).Should().Be(("kkk", "length"));
        (await server.PostAsync("/v1/chat/completions", $$"""{ {{Question}} }"""))
            .Reply.GetProperty("error").GetProperty("code").GetString().Should().Be("no_chat_template");
    }

    [Fact]
    public async Task Counts_encodes_and_decodes_tokens()
    {
        await using var server = await StartAsync("Evet.");
        var (_, encoded) = await server.PostAsync("/tokenize", """{"content": "Iğdır'da üç makara."}""");
        var ids = encoded.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        ids.Should().Equal(Tokenizer.EncodeToIds("Iğdır'da üç makara."));
        (await server.PostAsync("/detokenize", $$"""{"tokens": [{{string.Join(',', ids)}}]}"""))
            .Reply.GetProperty("content").GetString().Should().Be("Iğdır'da üç makara.");
        var (_, chat) = await server.PostAsync("/tokenize", $$"""{ {{Question}} }""");
        var (_, answer) = await server.PostAsync("/v1/chat/completions", $$"""{ {{Question}} }""");
        chat.GetProperty("count").GetInt32().Should().Be(answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Health_metrics_and_models_say_what_the_server_does()
    {
        await using var server = await StartAsync("Evet.");
        (await server.Http.GetStringAsync("/health", Cancel)).Should().Be("""{"status":"ok"}""");
        await server.PostAsync("/v1/chat/completions", $$"""{ {{Question}} }""");
        await server.PostAsync("/v1/chat/completions", "{}");
        await server.Http.GetAsync("/no/such/path?secret=1", Cancel);
        var metrics = (await server.Http.GetStringAsync("/metrics", Cancel)).Split('\n');
        metrics.Should().Contain("""turkishllm_requests_total{path="/v1/chat/completions",status="200"} 1""")
            .And.Contain("""turkishllm_requests_total{path="/v1/chat/completions",status="400"} 1""")
            .And.Contain("""turkishllm_requests_total{path="other",status="404"} 1""")
            .And.Contain($"turkishllm_generated_tokens_total {Tokenizer.CountTokens("Evet.")}")
            .And.Contain("turkishllm_first_token_seconds_count 1");
        metrics.Where(line => line.Length > 0 && line[0] != '#').Should()
            .OnlyContain(line => System.Text.RegularExpressions.Regex.IsMatch(line, @"^[a-z_]+(\{[^}]*\})? [-+0-9.E]+$"));
        var models = JsonDocument.Parse(await server.Http.GetStringAsync("/v1/models", Cancel)).RootElement.GetProperty("data");
        (models[0].GetProperty("id").GetString(), models[0].GetProperty("max_model_len").GetInt32())
            .Should().Be((TestServer.Model, 400));
    }

    [Fact]
    public async Task The_log_has_numbers_and_no_text_of_a_user()
    {
        await using var server = await StartAsync("Gizli yanıt.");
        await server.PostAsync("/v1/chat/completions", $$"""{ {{Question}} }""");
        await server.PostAsync("/v1/chat/completions", """{"messages": [{"role": "makara"}]}""");
        await server.Http.GetAsync("/makara?makara", Cancel);
        server.Log.Should().Contain(line => line.Contains("POST /v1/chat/completions 200") && line.Contains("answer"));
        server.Log.Should().OnlyContain(line => !line.Contains("akara") && !line.Contains("Gizli"));
    }

    [Fact]
    public async Task Passages_are_read_by_the_model_and_cited()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "D50.");
        await using var server = await TestServer.StartAsync(
            decoder, find: question => question.Contains("fire", StringComparison.Ordinal)
                ? [new("tr/fire#kap", "Temiz bakır D50'dedir.", 2.5)]
                : []);
        var (_, reply) = await server.PostAsync(
            "/v1/chat/completions", """{"messages": [{"role": "user", "content": "Bakır fire nerede?"}]}""");
        var passage = reply.GetProperty("passages")[0];
        (passage.GetProperty("number").GetInt32(), passage.GetProperty("source").GetString(),
                passage.GetProperty("text").GetString())
            .Should().Be((1, "tr/fire#kap", "Temiz bakır D50'dedir."));
        Tokenizer.Decode(decoder.Steps.SelectMany(step => step[0])).Should().Contain("Temiz bakır D50'dedir.");
        (await server.PostAsync("/v1/chat/completions", $$"""{ {{Question}} }""")).Reply.TryGetProperty("passages", out _)
            .Should().BeFalse();
    }

    [Theory]
    [InlineData("{", "invalid_json", null)]
    [InlineData("", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"\\ud800\"}]}", "invalid_json", null)]
    [InlineData("{\"temperature\": NaN}", "invalid_json", null)]
    [InlineData("{\"a\": 1, \"a\": 2}", "invalid_json", null)]
    [InlineData("{}", "missing_field", "messages")]
    [InlineData("{\"messages\": \"x\"}", "invalid_value", "messages")]
    [InlineData("{\"messages\": []}", "invalid_value", "messages")]
    [InlineData("{\"messages\": [1]}", "invalid_value", "messages")]
    [InlineData("{\"messages\": [{\"role\": \"robot\", \"content\": \"x\"}]}", "invalid_value", "messages")]
    [InlineData("{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\"}]}", "invalid_value", "messages")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": 7}]}", "invalid_value", "messages")]
    [InlineData("\"model\": \"gpt-4\"", "model_not_found", "model", 404)]
    [InlineData("\"temperature\": \"hot\"", "invalid_type", "temperature")]
    [InlineData("\"temperature\": -1", "invalid_value", "temperature")]
    [InlineData("\"temperature\": 1e999", "invalid_type", "temperature")]
    [InlineData("\"max_tokens\": -5", "invalid_value", "max_tokens")]
    [InlineData("\"max_tokens\": 1.5", "invalid_type", "max_tokens")]
    [InlineData("\"max_completion_tokens\": 0", "invalid_value", "max_completion_tokens")]
    [InlineData("\"top_p\": 0", "invalid_value", "top_p")]
    [InlineData("\"top_p\": 2", "invalid_value", "top_p")]
    [InlineData("\"n\": 99", "invalid_value", "n")]
    [InlineData("\"seed\": 1.5", "invalid_type", "seed")]
    [InlineData("\"seed\": 99999999999999999999", "invalid_type", "seed")]
    [InlineData("\"stream\": \"yes\"", "invalid_type", "stream")]
    [InlineData("\"stop\": [\"\"]", "invalid_value", "stop")]
    [InlineData("\"stop\": 5", "invalid_type", "stop")]
    [InlineData("\"top_logprobs\": 3", "invalid_value", "top_logprobs")]
    [InlineData("\"logprobs\": true, \"top_logprobs\": 99", "invalid_value", "top_logprobs")]
    [InlineData("\"frequency_penalty\": 1", "unsupported_parameter", "frequency_penalty")]
    [InlineData("\"logit_bias\": {\"x\": 1}", "invalid_value", "logit_bias")]
    [InlineData("\"tool_choice\": \"required\"", "unsupported_parameter", "tool_choice")]
    [InlineData("\"tools\": [{\"type\": \"function\"}]", "missing_field", "tools[0].function")]
    [InlineData("\"response_format\": {\"type\": \"xml\"}", "invalid_value", "response_format.type")]
    [InlineData(
        "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"schema\": "
            + "{\"properties\": {\"a\": {\"pattern\": \"x\"}}}}}",
        "unsupported_schema", "response_format.json_schema.schema.properties.a.pattern")]
    public async Task Refuses_with_the_field_and_a_code(string json, string code, string? parameter, int status = 400)
    {
        await using var server = await StartAsync("Evet.");
        var body = json is "" or ['{' or '[', ..] ? json : $$"""{ {{Question}}, {{json}} }""";
        var (actual, reply) = await server.PostAsync("/v1/chat/completions", body);
        var error = reply.GetProperty("error");
        (actual, error.GetProperty("code").GetString(), error.GetProperty("param").GetString())
            .Should().Be((status, code, parameter), error.GetProperty("message").GetString());
        error.GetProperty("type").GetString().Should().Be("invalid_request_error");
        error.GetProperty("message").GetString().Should().NotBeNullOrWhiteSpace().And.NotContain("Exception");
    }

    [Fact]
    public async Task Ignores_fields_that_it_does_not_know_and_null()
    {
        await using var server = await StartAsync("Evet.");
        var (status, _) = await server.PostAsync("/v1/chat/completions", $$"""
            { {{Question}}, "store": true, "metadata": {"a": [1]}, "temperature": null, "stop": null, "tools": null, "user": "u" }
            """);
        status.Should().Be(200);
    }

    [Fact]
    public async Task A_conversation_that_is_too_long_has_its_own_code()
    {
        await using var server = await StartAsync("Evet.");
        var long_ = string.Join(' ', Enumerable.Repeat("makara", 400));
        var (status, reply) = await server.PostAsync(
            "/v1/chat/completions", $$"""{"messages": [{"role": "user", "content": "{{long_}}"}]}""");
        (status, reply.GetProperty("error").GetProperty("code").GetString()).Should().Be((400, "context_length_exceeded"));
        reply.GetProperty("error").GetProperty("message").GetString().Should().Contain("context of 400");
    }

    [Fact]
    public async Task Refuses_other_paths_methods_types_hosts_and_keys()
    {
        await using var server = await StartAsync("Evet.", options => options with { ApiKey = "sesame" });
        await Expect(HttpStatusCode.NotFound, HttpMethod.Get, "/v2", key: "sesame");
        await Expect(HttpStatusCode.MethodNotAllowed, HttpMethod.Get, "/v1/chat/completions", key: "sesame");
        await Expect(HttpStatusCode.UnsupportedMediaType, HttpMethod.Post, "/tokenize", "text/plain", "sesame");
        await Expect(HttpStatusCode.Unauthorized, HttpMethod.Post, "/tokenize");
        await Expect(HttpStatusCode.Unauthorized, HttpMethod.Post, "/tokenize", key: "sesam");
        await Expect(HttpStatusCode.Unauthorized, HttpMethod.Get, "/metrics");
        await Expect(HttpStatusCode.OK, HttpMethod.Post, "/tokenize", key: "sesame");
        await Expect(HttpStatusCode.OK, HttpMethod.Get, "/health");
        await Expect(HttpStatusCode.Forbidden, HttpMethod.Post, "/tokenize", key: "sesame", host: "attacker.example");
        await Expect(HttpStatusCode.OK, HttpMethod.Post, "/tokenize", key: "sesame", host: "localhost:1");

        async Task Expect(
            HttpStatusCode status, HttpMethod method, string path, string type = "application/json", string? key = null,
            string? host = null)
        {
            using var request = new HttpRequestMessage(method, path);
            if (method == HttpMethod.Post)
                request.Content = new ByteArrayContent("""{"content": "k"}"""u8.ToArray())
                {
                    Headers = { ContentType = new(type) },
                };
            if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            if (host is not null) request.Headers.Host = host;
            using var reply = await server.Http.SendAsync(request, Cancel);
            reply.StatusCode.Should().Be(status, path);
        }
    }

    [Fact]
    public async Task Other_origins_may_send_requests_only_if_they_are_allowed()
    {
        await using var closed = await StartAsync("Evet.");
        (await PreflightAsync(closed)).Should().BeNull();
        await using var open = await StartAsync("Evet.", options => options with { CorsOrigins = ["http://localhost:3000"] });
        (await PreflightAsync(open)).Should().Be("http://localhost:3000");

        static async Task<string?> PreflightAsync(TestServer server)
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions")
            {
                Headers = { { "Origin", "http://localhost:3000" }, { "Access-Control-Request-Method", "POST" } },
            };
            using var reply = await server.Http.SendAsync(request, Cancel);
            return reply.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) ? origins.Single() : null;
        }
    }

    [Fact]
    public async Task The_page_and_its_files_are_served_and_may_load_nothing_from_elsewhere()
    {
        await using var server = await StartAsync("Evet.");
        foreach (var (path, type) in new[] { ("/", "text/html"), ("/chat.css", "text/css"), ("/chat.js", "text/javascript") })
        {
            using var reply = await server.Http.GetAsync(path, Cancel);
            reply.Content.Headers.ContentType!.MediaType.Should().Be(type);
            reply.Headers.GetValues("Content-Security-Policy").Single().Should().StartWith("default-src 'none'");
            var text = await reply.Content.ReadAsStringAsync(Cancel);
            text.Should().NotContain("http://").And.NotContain("https://").And.NotContain("innerHTML").And.NotContain("eval(");
        }
    }

    [Fact]
    public void Says_what_is_wrong_with_its_options()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Evet.");
        string Error(Func<ServerOptions, ServerOptions> change) => FluentActions
            .Invoking(() => TestServer.StartAsync(decoder, change: change).GetAwaiter().GetResult())
            .Should().Throw<Exception>().Which.Message;
        Error(options => options with { Port = 70_000 })
            .Should().Be("port is 70000; it must be from 0 (any free port) to 65535.");
        Error(options => options with { Host = "kablo" })
            .Should().StartWith("host is kablo; it must be localhost or an IP address");
        Error(options => options with { CorsOrigins = ["kablo"] })
            .Should().StartWith("The origin kablo is not a scheme and a host");
        Error(options => options with { ApiKey = " " }).Should().StartWith("The API key is empty");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<TestServer> StartAsync(string says, Func<ServerOptions, ServerOptions>? change = null) =>
        TestServer.StartAsync(FakeDecoder.Saying(Tokenizer, says), change: change);
}
