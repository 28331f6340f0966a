namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>pipeline</c> prints before it starts.</summary>
public sealed class PipelineTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Forecasts_and_refuses()
    {
        _here.Write("text.txt", "Kablo makaraya sarılır.\n");
        _here.Write("chain.yaml",
            $$"""
            name: small
            records: {{_here / "records"}}
            steps:
              tokenizer: { tokenizer: { source: {{_here / "text.txt"}}, output: {{_here / "tokenizer"}}, vocab_size: 300 } }
              rows: { synth: { documentation: {{_here / "text.txt"}}, folder: {{_here / "synth"}} } }
              pretraining: { train: { plan: {{_here.Plan}}, set: [run={{_here / "trained"}}] } }
              evaluation: { evaluate: { model: {{_here / "trained"}}, output: {{_here / "evaluation.json"}} } }
              export: { export: { model: {{_here / "trained"}}, output: {{_here / "model"}} } }

            """);
        var transcript = new Transcript((_here / "", "HERE"));
        const string given = "--peak-tflops 0.001 --utilization 0.5";
        await transcript.Run($"pipeline HERE/chain.yaml --dry-run {given}");
        await transcript.Run($"pipeline HERE/chain.yaml --dry-run {given} --hourly-rate 36 --currency USD");
        await transcript.Run($"pipeline HERE/chain.yaml --dry-run {given} --json --from evaluation");
        await transcript.Run($"pipeline HERE/chain.yaml --dry-run {given} --only pretraining --set name=other");
        await transcript.Run($"train HERE/tiny.yaml --dry-run {given} --hourly-rate 36 --set training.steps=1000");
        await transcript.Run($"train HERE/tiny.yaml --dry-run {given} --json");
        await transcript.Run("pipeline HERE/chain.yaml --only export");
        await transcript.Run("pipeline HERE/chain.yaml --only exprot");
        await transcript.Run("pipeline HERE/chain.yaml --adopt tokenizer");
        await transcript.Run("pipeline HERE/chain.yaml --json");
        await transcript.Run("pipeline HERE/chain.yaml --adopt tokenizer --force");
        await transcript.Run("pipeline HERE/chain.yaml --set steps.rows.synth.folders=x");
        await transcript.Run("pipeline HERE/chains.yaml");
        transcript.Compare("Pipeline");
    }
}
