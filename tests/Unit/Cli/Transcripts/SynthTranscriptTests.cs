using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Synthesis;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>synth</c> prints.</summary>
public sealed class SynthTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Runs_every_step_on_the_bundled_documentation()
    {
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("synth demo --run HERE/demo");
        transcript.Show(_here / "demo/report.md");
        transcript.Show(_here / "demo/report.html");
        await transcript.Run("synth report HERE/demo");
        await transcript.Run("synth report HERE/demo --model recorded-terse");
        transcript.Show(_here / "demo/report.md");
        await transcript.Run("synth build HERE/demo --model recorded-terse --validation-share 0.2 --refusal-share 0.3 "
            + "--context-length 400 --passages 1");
        await transcript.Run("synth generate HERE/demo --pilot 4 --model recorded --provider replay");
        await transcript.Run("synth generate HERE/demo --provider anthropic --model claude-sonnet-4-6 --dry-run --prompt v1");
        foreach (var wrong in new[]
        {
            "build HERE/demo --model none", "build HERE/demo --refusal-share 0.6", "build HERE/demo --refusal-share -0.1",
            "build HERE/demo --validation-share 1", "build HERE/demo --context-length 0", "build HERE/demo --passages 0",
            "build HERE/demo --docs HERE/none", "report HERE/none", "build HERE/none", "generate HERE/none", "group HERE/none",
        })
            await transcript.Run($"synth {wrong}");
        transcript.Compare("SynthDemo");
    }

    [Fact]
    public async Task Chunks_and_groups_own_documentation()
    {
        _here.Write(
            "docs/tr/depo/raf.md",
            "# Raf\n\nRaf numarası 12 olan yerde çuval durur ve ağırlığı ölçülür.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        _here.Write("docs/tr/depo/cuval.html", "<h1>Çuval</h1><p>Çuvallar kuru yerde durur.</p><pre>SELECT 1</pre>");
        _here.Write("docs/en/depo/sack.md", "# Sack\n\nSacks are kept dry and are weighed when they come.\n");
        _here.Write("docs/tr/depo/bos.md", "\n");
        _here.Write("docs/README.md", "# Read me\n");
        _here.Write("docs/.git/config", "x");
        foreach (var name in new[] { "a.css", "b.css", "c.js", "Makefile", "d.PNG" }) _here.Write($"docs/{name}", "x");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("synth chunk HERE/docs -o HERE/work");
        await transcript.Run("synth chunk HERE/docs/tr/depo/raf.md -o HERE/one -t FIXTURES/tokenizer --max-tokens 30");
        await transcript.Run("synth group HERE/work");
        await transcript.Run("synth group HERE/work --rules 1 4 --language all --max-tokens 60");
        await transcript.Run("synth generate HERE/work --dry-run --provider openai --model gpt-5.2");
        await transcript.Run("synth generate HERE/work --dry-run --provider openai --model gpt-5.2 --batch --pilot 1");
        await transcript.Run("synth generate HERE/work --dry-run --provider openai --model mine");
        await transcript.Run(
            "synth generate HERE/work --dry-run --provider openai --model mine --input-price 1 --output-price 2.5");
        await transcript.Run("synth generate HERE/work");
        await transcript.Run("synth build HERE/work");
        await transcript.Run("synth report HERE/work");
        transcript.Show(_here / "work/report.md");
        transcript.Show(_here / "work/report.html");
        foreach (var wrong in new[]
        {
            "chunk HERE/none -o HERE/x", "chunk HERE/docs -o HERE/x --max-tokens 1", "group HERE/work --rules 0",
            "group HERE/work --rules 12",
            "group HERE/work --language de", "group HERE/work --max-tokens 0", "generate HERE/work --provider openai",
            "generate HERE/work --provider openai --model m --concurrency 0 --requests-per-minute 0 --tokens-per-minute 0 "
                + "--backoff -0.1 --timeout 0 --pilot 0 --budget 0 --input-price -1 --output-price 1",
            "generate HERE/work --provider openai --model m --input-price 1 --output-price -1 --concurrency 1 "
                + "--requests-per-minute 1 --tokens-per-minute 1 --backoff 0 --timeout 0.1 --pilot 1 --budget 0.1",
            "generate HERE/work --provider openai --model m --output-price 1", "generate HERE/work --model m",
            "generate HERE/work --judge m",
            "generate HERE/work --endpoint http://a", "generate HERE/work --provider replay --endpoint http://a",
            "generate HERE/work --batch",
            "generate HERE/work --provider openai --model m --endpoint localhost:80",
            "generate HERE/work --provider openai --model m --endpoint ftp://a",
            "generate HERE/work --provider openai --model m --budget 1", "generate HERE/work --prompt v9",
            "generate HERE/work --replies HERE/none",
            "generate HERE/work --provider openai --model gpt-5.2 --judge m --budget 1 --api-key-variable TURKISHLLM_NO_SUCH_KEY",
        })
            await transcript.Run($"synth {wrong}");
        transcript.Compare("Synth");
    }

    [Fact]
    public async Task Asks_a_service()
    {
        SmallSynthesisFolder.Write(_here / "work", 6);
        using var stub = new StubService
        {
            Reply = (_, body) => !body.Contains("PARÇA\\n", StringComparison.Ordinal)
                ? body.Contains("1004", StringComparison.Ordinal) ? "not JSON" : SmallSynthesisFolder.Reply(body)
                : body.Contains("1002", StringComparison.Ordinal)
                ? """{"answers_question":true,"claims":[{"claim":"çuval","supported":false,"quote":""}]}"""
                : """{"answers_question":true,"claims":[{"claim":"çuval","supported":true,"quote":"olan yerde çuval durur"}]}""",
            Special = (_, _, body) => body.Contains("1005", StringComparison.Ordinal)
                ? (400, "", """{"error":{"message":"Too long.","code":"bad_request"}}""") : null,
        };
        var transcript = new Transcript((_here / "", "HERE"), (stub.Address, "SERVICE"));
        const string service = "--provider openai --endpoint SERVICE/v1 --model stub --concurrency 1 --backoff 0";
        await transcript.Run($"synth generate HERE/work {service} --input-price 1 --output-price 100 --budget 0.33");
        await transcript.Run($"synth generate HERE/work {service} --input-price 1 --output-price 100 --budget 50");
        await transcript.Run($"synth generate HERE/work {service} --judge strict --input-price 1 --output-price 1");
        await transcript.Run($"synth generate HERE/work {service} --dry-run");
        await transcript.Run($"synth generate HERE/work {service}");
        await transcript.Run("synth build HERE/work");
        await transcript.Run("synth report HERE/work");
        transcript.Show(_here / "work/report.md");
        transcript.Compare("SynthService");
    }
}
