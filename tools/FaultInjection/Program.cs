using System.CommandLine;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Tools.FaultInjection;

// Before anything touches a tensor.
TorchLibrary.Load();

var program = new Argument<string>("program") { Description = "The path of turkishllm.dll." };
var plan = new Argument<string>("plan") { Description = "The plan to run, such as configs/toy.yaml." };
var kills = new Option<int>("--kills") { Description = "How often to kill the run.", DefaultValueFactory = _ => 20 };
var seed = new Option<int>("--seed") { Description = "The seed of the moments.", DefaultValueFactory = _ => 1 };
var set = new Option<string[]>("--set") { Description = "Change the plan: --set training.steps=100." };
var root = new RootCommand(
    "Kills a training run at random moments, resumes it each time, and compares it with an uninterrupted run of the same plan.")
{
    program, plan, kills, seed, set,
};
root.SetAction(result => FaultInjection.Run(
    result.GetRequiredValue(program),
    result.GetRequiredValue(plan),
    result.GetValue(kills),
    result.GetValue(seed),
    result.GetValue(set) ?? []));
return root.Parse(args).Invoke();
