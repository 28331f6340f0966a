using System.CommandLine;
using TurkishLlm.Cli.Forecasts;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Pipeline;

/// <summary><c>turkishllm pipeline CHAIN</c></summary>
internal static class PipelineCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("chain") { Description = "Chain: a YAML file such as configs/chain-toy.yaml." };
        var set = new Option<string[]>("--set")
        {
            Description = "Override a value of the chain: --set key=value. Can be repeated.",
        };
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Print which steps will run and what they will take, and exit.",
        };
        var from = new Option<string>("--from") { Description = "Begin with this step; earlier ones are not checked." };
        var only = new Option<string[]>("--only")
        {
            Description = "Run only these steps, if they are not up to date.", AllowMultipleArgumentsPerToken = true,
        };
        var force = new Option<bool>("--force")
        {
            Description = "Run the steps even if they are up to date. Earlier outputs are renamed, not deleted.",
        };
        var adopt = new Option<string[]>("--adopt")
        {
            Description = "Record the existing outputs of these steps as complete, without running anything.",
            AllowMultipleArgumentsPerToken = true,
        };
        var json = new Option<bool>("--json") { Description = "With --dry-run: print JSON." };
        var (machine, forecast) = (new MachineOptions(), new ForecastOptions());
        var command = new Command(
            "pipeline", "Run a chain of steps from text to a finished model. Skips steps that are up to date, and resumes if "
                + "interrupted.")
        {
            file, set, dryRun, from, only, force, adopt, json,
        };
        machine.AddTo(command);
        forecast.AddTo(command);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(json) && !parsed.GetValue(dryRun)) parsed.AddError("--json is only for --dry-run.");
            if (parsed.GetResult(adopt) is not null && (parsed.GetValue(dryRun) || parsed.GetValue(force)))
                parsed.AddError("--adopt runs nothing; it cannot be combined with --dry-run or --force.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var pipeline = new ChainPipeline(
                display, parsed.GetRequiredValue(file), parsed.GetValue(set) ?? [],
                forecast.Read(parsed, machine.Read(parsed)), parsed.InvocationConfiguration.Error);
            var selection = new StepSelection(parsed.GetValue(from), parsed.GetValue(only) ?? [], parsed.GetValue(force));
            return parsed.GetValue(adopt) is { Length: > 0 } adopted ? pipeline.AdoptAsync(adopted, cancellationToken)
                : parsed.GetValue(dryRun) ? pipeline.ForecastAsync(selection, parsed.GetValue(json), cancellationToken)
                : pipeline.RunAsync(selection, cancellationToken);
        });
        return command;
    }
}
