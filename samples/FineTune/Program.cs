// Fine-tunes a model as `turkishllm train` does, from a program of your own, then loads it and asks it a question:
//     dotnet run -c Release --project samples/FineTune -- configs/sft-toy.yaml "Telbis nedir?"
using System.Globalization;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

if (args is not [var file, var question])
{
    Console.Error.WriteLine("usage: FineTune PLAN QUESTION");
    return 2;
}
TorchLibrary.Load();
var plan = ITrainingData.ResolveSteps(TrainingPlan.Load(file, []));
var clearance = PlanGate.Clear(plan);           // every requirement, on this device and with this data; only it allows to train
Console.WriteLine($"{clearance.RequirementCount} requirements hold");
using (var run = TrainingRun.Open(clearance, resume: false)) run.Train();

var selected = SelectedCheckpoint.Select(RunFolder.OpenExisting(plan.RunFolder), CheckpointChoice.Best)!;
var checkpoint = Checkpoint.Open(selected.Folder);
using var weights = checkpoint.LoadParameters(checkpoint.Config, CPU);
using var decoder = new PackedDecoder(weights);
var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
using var chatModel = new ChatModel(decoder, tokenizer, ChatTemplate.Load(selected.Folder, tokenizer));
var answer = new ChatSession(chatModel, SamplingOptions.Greedy(maxTokens: 40)).Ask(question).Answer;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {selected.Step}: {answer.Text}"));
return 0;
