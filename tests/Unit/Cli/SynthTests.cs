using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Unit.Synthesis;

namespace TurkishLlm.Tests.Unit.Cli;

public sealed class SynthTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task The_demo_goes_from_html_to_rows()
    {
        var ran = await CommandLineRunner.Run("synth", "demo", "--run", _here / "demo");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        foreach (
            var heading in new[]
            {
                "== Chunks", "== Groups", "== Replies", "== Rows", "== Report", "== 2 models on the same 10 groups",
            })
            ran.Output.Should().Contain(heading);
        Directory
            .EnumerateFiles(_here / "demo", "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_here / "demo", file))
            .Should()
            .BeEquivalentTo(
            "chunks.jsonl",
            "blueprint.json", "documentation.json", "journal.jsonl", "journal.jsonl.lock", "report.html", "report.md",
            "sft/manifest.json", "sft/rejected.jsonl",
            "sft/v1/train.jsonl", "sft/v1/validation.jsonl", "sft/v2/train.jsonl", "sft/v2/validation.jsonl");
        foreach (var file in Directory.EnumerateFiles(_here / "demo", "*", SearchOption.AllDirectories))
            File.ReadAllText(file).Should().NotMatchRegex(@"\\u0[0-9a-fA-F]{3}", "letters stand as they are in {0}", file);

        var rag = Rows("demo/sft/v2/train.jsonl").Concat(Rows("demo/sft/v2/validation.jsonl")).ToArray();
        rag.Should()
            .HaveCountGreaterThan(1000)
            .And.OnlyContain(row =>
                row.Select(member => member.Key)
                    .SequenceEqual(new[] { "system", "context", "question", "answer", "id", "source", "context_ids" }));
        rag.Select(row => (string)row["system"]!)
            .Distinct()
            .Should()
            .Equal(
                "ERP sistemi asistanısın. Verilen bağlam bilgilerini kullanarak soruyu yanıtla. Bağlamda cevap yoksa "
                    + "\"Bu konuda bilgim yok\" de.");
        ((double)rag.Count(row => (string)row["answer"]! == "Bu konuda bilgim yok.") / rag.Length)
            .Should()
            .BeApproximately(0.1, 0.001);
        // Refusals have no source.
        Documents("demo/sft/v2/train.jsonl").Except([""]).Should().NotIntersectWith(Documents("demo/sft/v2/validation.jsonl"));

        var chat = Rows("demo/sft/v1/train.jsonl").ToArray();
        chat.Should()
            .OnlyContain(row =>
                row.Count == 1
                && row["messages"]!
                    .AsArray()
                    .Select(message => (string)message!["role"]!)
                    .SequenceEqual(new[] { "system", "user", "assistant" }));
        File.ReadAllText(_here / "demo/report.html")
            .Should()
            .Contain("Models on the same 10 groups")
            .And.Contain("karşılaştırmalı");

        var again = await CommandLineRunner.Run("synth", "demo", "--run", _here / "demo");
        again.Output.Should().Contain("0 replies for 416 groups, 416 already answered");
        Rows("demo/sft/v2/train.jsonl")
            .Select(row => row.ToJsonString())
            .Should()
            .Equal(
                rag.Take(Rows("demo/sft/v2/train.jsonl").Count()).Select(row => row.ToJsonString()),
                "the same replies give the same rows");
    }

    [Fact]
    public async Task A_dry_run_reports_the_price_and_sends_nothing()
    {
        SmallSynthesisFolder.Write(_here / "work", 3);
        var ran = await CommandLineRunner.Run(
            "synth", "generate", _here / "work", "--provider", "anthropic", "--model", "claude-sonnet-4-6", "--dry-run");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should().MatchRegex(@"all\s+3\s+[\d,]+\s+2,250\s+\$0\.\d+\s+\$0\.\d+").And.Contain("Nothing was sent.");
        File.Exists(_here / "work/journal.jsonl").Should().BeFalse();
        (
            await CommandLineRunner.Run(
                "synth", "generate", _here / "work", "--provider", "openai", "--model", "unknown", "--dry-run"))
            .Output.Should()
            .Contain("The price of this model is unknown. Give --input-price and --output-price.");
    }

    [Fact]
    public async Task The_budget_stops_generation_and_raising_it_resumes_it()
    {
        SmallSynthesisFolder.Write(_here / "work", 12);
        using var stub = new StubService { Reply = (_, body) => SmallSynthesisFolder.Reply(body) };
        string[] generate =
        [
            "synth", "generate", _here / "work", "--provider", "openai", "--endpoint", stub.Address + "/v1", "--model", "stub",
            "--input-price", "1", "--output-price", "100", "--budget",
        ];
        var ran = await CommandLineRunner.Run([.. generate, "0.33"]);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .MatchRegex(
                @"\d+ requests not sent: another request could exceed the budget of \$0\.33\. Raise --budget to continue\.");
        stub.Paid.Count.Should().BeInRange(1, 11);

        ran = await CommandLineRunner.Run([.. generate, "50"]);
        ran.Code.Should().Be(ExitCode.Success);
        stub.Paid.Should().HaveCount(12);
    }

    [Fact]
    public async Task A_judge_is_asked_about_every_accepted_pair_and_what_it_objects_to_makes_no_row()
    {
        SmallSynthesisFolder.Write(_here / "work", 4);
        using var stub = new StubService
        {
            Reply = (_, body) => !body.Contains("PARÇA\\n", StringComparison.Ordinal) ? SmallSynthesisFolder.Reply(body)
                : body.Contains("1002", StringComparison.Ordinal)
                    ? """{"answers_question":true,"claims":[{"claim":"çuval","supported":false,"quote":""}]}"""
                : """{"answers_question":true,"claims":[{"claim":"çuval","supported":true,"quote":"olan yerde çuval durur"}]}""",
        };
        var ran = await CommandLineRunner.Run(
            "synth", "generate", _here / "work", "--provider", "openai", "--endpoint", stub.Address + "/v1", "--model", "stub",
            "--judge", "strict", "--input-price", "1", "--output-price", "1");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        stub.Paid.Should().HaveCount(8);
        ran = await CommandLineRunner.Run("synth", "build", _here / "work");
        ran.Output.Should().Contain("4 pairs: 3 accepted, 1 rejected").And.Contain("rejected 1: judge");
        File.ReadAllText(_here / "work/sft/rejected.jsonl").Should().Contain("not supported: çuval");
    }

    [Fact]
    public async Task The_key_is_never_written()
    {
        const string variable = "TURKISHLLM_TEST_KEY", key = "sk-cok-gizli-98765";
        Environment.SetEnvironmentVariable(variable, key);
        SmallSynthesisFolder.Write(_here / "work", 6);
        foreach (var service in new[] { "openai", "anthropic" })
        {
            var visits = 0;
            using var stub = new StubService
            {
                Reply = (_, body) => SmallSynthesisFolder.Reply(body),
                Special = (_, headers, _) =>
                    Interlocked.Increment(ref visits) % 3 == 0
                        ? (
                            400, "",
                            $$$"""{"error":{"type":"x","message":"{{{headers.ReplaceLineEndings(" ").Replace("\"", "", StringComparison.Ordinal)}}}"}}"""
                        )
                    : visits > 5 ? (401, "", $$$"""{"error":{"message":"bad key {{{key}}}"}}""")
                    : null,
            };
            var ran = await CommandLineRunner.Run(
                "synth", "generate", _here / "work", "--provider", service, "--endpoint",
                service == "openai" ? stub.Address + "/v1" : stub.Address, "--model", service, "--api-key-variable", variable,
                "--concurrency", "1", "--backoff", "0");
            stub.Requests.Should()
                .Contain(request => request.Headers.Contains(key, StringComparison.Ordinal), "it was sent where it belongs");
            (ran.Output + ran.Errors).Should().NotContain(key);
            (ran.Output + ran.Errors).Should().Contain("…");
        }
        foreach (var file in Directory.EnumerateFiles(_here / "work", "*", SearchOption.AllDirectories))
            File.ReadAllText(file).Should().NotContain(key);
    }

    [Theory]
    [InlineData(
        "generate WORK --provider anthropic --model m --api-key-variable TURKISHLLM_NO_SUCH_KEY",
        "The environment variable TURKISHLLM_NO_SUCH_KEY with the API key for anthropic is not set. Set it "
            + "(export TURKISHLLM_NO_SUCH_KEY=…), or name another one with --api-key-variable.")]
    [InlineData(
        "generate WORK --provider openai --model m --endpoint localhost --budget 0 --concurrency 0",
        "--endpoint is localhost; it must be a URL, such as http://localhost:8000/v1.\n--budget is 0; it must be "
            + "more than 0.\n--concurrency is 0; it must be at least 1.")]
    [InlineData(
        "generate WORK --batch --input-price 3",
        "--batch needs a service: give --provider anthropic or openai.\n--input-price and --output-price must be given "
            + "together.")]
    [InlineData(
        "generate WORK --provider openai --model m --requests-per-minute 0 --tokens-per-minute 0 --backoff -1 --timeout 0 "
            + "--pilot 0 --input-price -1 --output-price 1",
        "--input-price and --output-price must be 0 or more.\n--requests-per-minute is 0; it must be at least 1.\n"
            + "--tokens-per-minute is 0; it must be at least 1.\n--backoff is -1; it must be 0 or more.\n"
            + "--timeout is 0; it must be more than 0.\n--pilot is 0; it must be at least 1.")]
    [InlineData(
        "generate WORK --provider openai --model m --requests-per-minute 1 --tokens-per-minute 1 --backoff 0 --timeout 1 "
            + "--pilot 1 --concurrency 1 --input-price 0 --output-price 0 --budget 0",
        "--budget is 0; it must be more than 0.")]
    [InlineData("group WORK --language en", "None of the 2 chunks is in the language en.")]
    public async Task Says_what_is_wrong_and_how_to_fix_it(string line, string message)
    {
        SmallSynthesisFolder.Write(_here / "work", 2);
        var ran = await CommandLineRunner.Run([
            "synth", .. line.Replace("WORK", _here / "work", StringComparison.Ordinal).Split(' '),
        ]);
        (ran.Code, ran.Errors.TrimEnd())
            .Should()
            .Be((ExitCode.InvalidInput, message.Replace("WORK", _here / "work", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Own_documentation_needs_a_service_and_the_costs_are_said_before_any_work()
    {
        SmallSynthesisFolder.Write(_here / "work", 5);
        foreach (var options in new string[][] { [], ["--dry-run"], ["--provider", "replay"] })
        {
            var ran = await CommandLineRunner.Run(["synth", "generate", _here / "work", .. options]);
            ran.Code.Should().Be(ExitCode.InvalidInput);
            ran.Errors.Should()
                .MatchRegex(
                    @"The bundled replies belong to other documentation: none is about the 5 groups of .*\. Choose a service:")
                .And.MatchRegex(
                    @"--provider anthropic --model claude-sonnet-4-6   about \$0\.\d+, at most \$0\.\d+ "
                        + @"\(prices of 2026-03\)")
                .And.MatchRegex(@"--provider openai --model gpt-5\.2   about \$0\.\d+, at most \$0\.\d+")
                .And.Contain("--provider openai --endpoint http://localhost:8000/v1 --model NAME");
            Directory
                .EnumerateFiles(_here / "work")
                .Select(Path.GetFileName)
                .Should()
                .BeEquivalentTo("chunks.jsonl", "blueprint.json");
        }
    }

    [Fact]
    public async Task Waits_and_reasons_are_shown()
    {
        SmallSynthesisFolder.Write(_here / "work", 1);
        var visits = 0;
        using var stub = new StubService
        {
            Reply = (_, body) => SmallSynthesisFolder.Reply(body),
            Special = (_, _, _) =>
                visits++ == 0
                    ? (429, "Retry-After: 1\r\n", """{"error":{"message":"Slow down.","code":"rate_limit_exceeded"}}""")
                    : null,
        };
        string[] generate =
        [
            "synth", "generate", _here / "work", "--provider", "openai", "--endpoint", stub.Address + "/v1", "--model", "stub",
            "--input-price", "1", "--output-price", "1",
        ];
        var ran = await CommandLineRunner.Run(generate);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .MatchRegex(
                @"Waiting 1\.0 s before attempt 2 of 8 \(r01/\S+\): 127\.0\.0\.1 answered 429 rate_limit_exceeded: Slow down\.");

        using var broke = new StubService
        {
            Special = (_, _, _) => (429, "", """{"error":{"message":"No credit.","code":"insufficient_quota"}}"""),
        };
        File.Delete(_here / "work/journal.jsonl");
        generate[6] = broke.Address + "/v1";
        ran = await CommandLineRunner.Run(generate);
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.Should().Contain("answered 429 insufficient_quota: No credit. The account has no credit left");
        broke.Requests.Should().ContainSingle();
    }

    [Fact]
    public async Task Chunks_that_changed_after_they_were_grouped_are_refused()
    {
        SmallSynthesisFolder.Write(_here / "work", 2);
        File.WriteAllText(
            _here / "work/chunks.jsonl",
            File.ReadAllText(_here / "work/chunks.jsonl").Replace("çuval", "sandık", StringComparison.Ordinal));
        (await CommandLineRunner.Run("synth", "generate", _here / "work", "--dry-run"))
            .FirstError.Should()
            .Be("The chunks have changed since the blueprint was created. Create it again with: turkishllm synth group");
    }

    private IEnumerable<JsonObject> Rows(string file) =>
        File.ReadLines(_here / file).Select(line => JsonNode.Parse(line)!.AsObject());

    private HashSet<string> Documents(string file) =>
        [.. Rows(file).SelectMany(row => ((string)row["source"]!).Split(' ')).Select(id => id.Split('#')[0])];
}
