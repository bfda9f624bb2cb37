// Every word that the app shows, in English; Texts.French.cs is its French twin, and a test holds that nothing is missing there.

using System.Globalization;
using Maison.App.Arena;
using Maison.App.Daily;

namespace Maison.App;

/// <summary>The app's texts in one language.</summary>
public sealed partial record Texts
{
    public static Texts English { get; } = new();

    /// <summary>The texts for a reader: as chosen before, or the first language of the browser that is known here.</summary>
    /// <param name="chosen">en or fr; anything else is no choice.</param>
    /// <param name="accepted">The header accept-language.</param>
    public static Texts For(string? chosen, string? accepted)
    {
        if (chosen is not ("en" or "fr"))
            chosen = accepted?.Split(',').Select(l => l.Trim().Split('-', ';')[0]).FirstOrDefault(l => l is "en" or "fr");
        return chosen == "fr" ? French : English;
    }

    public string Language { get; init; } = "en";
    public string Product { get; init; } = "Maison";
    public string Rooms { get; init; } = "Rooms";
    public string SkipToContent { get; init; } = "Skip to content";

    public string Home { get; init; } = "Home";
    public string Assistant { get; init; } = "Assistant";
    public string Images { get; init; } = "Images";
    public string VoiceLab { get; init; } = "Voice lab";
    public string Models { get; init; } = "Models";
    public ArenaTexts Arena { get; init; } = new();
    public DailyTexts Daily { get; init; } = new();

    public string SignIn { get; init; } = "Sign in";
    public string SignOut { get; init; } = "Sign out";
    public string SignInTitle { get; init; } = "Welcome to your house";
    public string SignInHow { get; init; } = "Each start of the server prints a link that signs in by itself, and the first one a key. Whoever signs in so can give you a name and a password.";
    public string Key { get; init; } = "Key";
    public string KeyMissing { get; init; } = "Enter a key: one word that begins with mk-.";
    public string LinkUsed { get; init; } = "This link was used already. Sign in with a key, or start the server again for a new link.";
    public string Stale { get; init; } = "This form is from another session. Reload the page and send it again.";

    public string Problem { get; init; } = "That did not work";
    public string BackHome { get; init; } = "Back home";

    public string GoodMorning { get; init; } = "Good morning";
    public string GoodAfternoon { get; init; } = "Good afternoon";
    public string GoodEvening { get; init; } = "Good evening";
    public string AskAnything { get; init; } = "What shall we think about?";
    public string Suggestions { get; init; } = "To begin with";
    public IReadOnlyList<string> Openers { get; init; } = ["Why is the sky blue?", "Write a short story about a lighthouse.", "What is a prime number?", "Tell me about the city of Paris."];
    public string Recent { get; init; } = "Recent chats";
    public string RecentPictures { get; init; } = "Recent pictures";
    public string NothingYet { get; init; } = "Your chats will be listed here.";
    public string CanDo { get; init; } = "What this house can do now";
    public string Text { get; init; } = "Text";
    public string Voice { get; init; } = "Voice";
    public string Pictures { get; init; } = "Pictures";
    public string PicturesNow { get; init; } = "four at a time, from a line of words";
    public string NotHere { get; init; } = "not here yet";
    public string WhatIsMissing { get; init; } = "What is missing";

    public string Chats { get; init; } = "Chats";
    public string NewChat { get; init; } = "New chat";
    public string SearchAll { get; init; } = "Search all chats";
    public string Pinned { get; init; } = "Pinned";
    public string Untitled { get; init; } = "Untitled";
    public string Message { get; init; } = "Message";
    public string MessagePlaceholder { get; init; } = "Ask anything";
    public string Model { get; init; } = "Model";
    public string Beside { get; init; } = "A second answer beside it";
    public string ToolServers { get; init; } = "Tools of other servers";
    public string BesideNobody { get; init; } = "one answer";
    public string KeepThis { get; init; } = "Go on with this one";
    public string Send { get; init; } = "Send";
    public string Stop { get; init; } = "Stop";
    public string Regenerate { get; init; } = "Answer again";
    public string AnswerNow { get; init; } = "Answer";
    public string Continue { get; init; } = "Continue";
    public string Edit { get; init; } = "Say it differently";
    public string Editing { get; init; } = "Saying it differently begins a branch; what was there stays.";
    public string Cancel { get; init; } = "Cancel";
    public string Branch { get; init; } = "Branch";
    public string BranchBefore { get; init; } = "Branch before";
    public string BranchAfter { get; init; } = "Next branch";
    public string ThisChat { get; init; } = "This chat";
    public string Title { get; init; } = "Title";
    public string Save { get; init; } = "Save";
    public string Pin { get; init; } = "Pin";
    public string Unpin { get; init; } = "Unpin";
    public string Archive { get; init; } = "Archive";
    public string Unarchive { get; init; } = "Take out of the archive";
    public string Archived { get; init; } = "Archive";
    public string Tags { get; init; } = "Tags";
    public string TagsHint { get; init; } = "with commas";
    public string Delete { get; init; } = "Delete for good";
    public string You { get; init; } = "You";
    public string Reasoning { get; init; } = "Reasoning";
    public string Thinking { get; init; } = "Thinking…";
    public string Stopped { get; init; } = "Stopped before the end.";
    public string Copy { get; init; } = "Copy";
    public string Copied { get; init; } = "Copied";
    public string Sources { get; init; } = "Sources";
    public string SourcesHow { get; init; } = "The model was given these passages of your files.";
    public string Attach { get; init; } = "Add text files";
    public Func<int, string> TooManyFiles { get; init; } = most => $"At most {most} files come with one message.";
    public Func<string, string> FileTooLarge { get; init; } = name => $"“{name}” is too large: files have 2 MB at most.";
    public Func<string, string> FileNoText { get; init; } = name => $"“{name}” is no text in UTF-8. Text files can be read, pictures and PDF can not.";
    public string NoSources { get; init; } = "None. This answer comes from the model's memory alone: nothing was looked up, and no file was read.";
    public string ModelAndCost { get; init; } = "Model and cost";
    public string TokensRead { get; init; } = "Tokens read";
    public string TokensWritten { get; init; } = "Tokens written";
    public string Took { get; init; } = "Took";
    public string Cost { get; init; } = "Cost";
    public string NothingLeft { get; init; } = "none: answered in this house, nothing left it";
    public string AnsweredBy { get; init; } = "Answered by";
    public string Listen { get; init; } = "Listen";
    public string StopListening { get; init; } = "Stop listening";
    public string CompareBlind { get; init; } = "Compare blind";
    public string Earlier { get; init; } = "Earlier messages";
    public string Latest { get; init; } = "Latest messages";
    public string Empty { get; init; } = "Write a message first.";
    public string NoModel { get; init; } = "No model is served. Start the server with one: maison models add PATH, then maison serve.";
    public string ChatHint { get; init; } = "Answers come from a model on this machine. It can be wrong; check what matters.";
    public Func<int, string> LeftOut { get; init; } = count => count == 1 ? "The oldest message no longer fits the model and was left out." : $"The {count} oldest messages no longer fit the model and were left out.";
    public Func<string, string, string> Chosen { get; init; } = (chosen, other) => chosen == other ? $"You chose between two answers of {chosen}." : $"You chose {chosen} over {other}.";
    public Func<int, string?, string> Labelled { get; init; } = (slot, model) => $"Answer {(char)('A' + slot)}{(model is null ? "" : " · " + model)}";

    public string SearchChats { get; init; } = "Search all that was said";
    public string Filter { get; init; } = "Show";
    public string All { get; init; } = "All";
    public string Older { get; init; } = "Older chats";
    public Func<string, string> NothingFound { get; init; } = asked => $"Nothing was said that has all of “{asked}”.";
    public string InAndOut { get; init; } = "In and out";
    public string ImportFile { get; init; } = "A file of chats";
    public string Import { get; init; } = "Import";
    public string ImportHint { get; init; } = "Takes a file exported here, or the conversations.json of a ChatGPT export. Branches are kept; pictures and tool traffic are not.";
    public string ExportAll { get; init; } = "Export all chats";
    public string NoFile { get; init; } = "Choose a file first.";
    public Func<int, int, string> Imported { get; init; } = (chats, skipped) => $"{(chats == 1 ? "One chat was" : $"{chats} chats were")} imported{(skipped == 0 ? "." : $"; {skipped} messages without text were left out.")}";
    public Func<string, string> NotImported { get; init; } = reason => $"This file could not be imported. {reason}";

    public string Folder { get; init; } = "Folder";
    public string Folders { get; init; } = "Folders and instructions";
    public string FoldersHow { get; init; } = "A folder groups chats and gives them instructions and a model of their own. What stands under “Everywhere” goes with every chat.";
    public string NoFolder { get; init; } = "none";
    public string NewFolder { get; init; } = "A new folder";
    public string MakeFolder { get; init; } = "Make folder";
    public string RemoveFolder { get; init; } = "Remove folder, keep its chats";
    public string Name { get; init; } = "Name";
    public string Everywhere { get; init; } = "Everywhere";
    public string ToldEverywhere { get; init; } = "What models should know about you, and how they should answer";
    public string ToldHere { get; init; } = "What models should know in this folder";
    public string ToldExample { get; init; } = "Answer briefly, in plain words.";
    public string AnswersHere { get; init; } = "Who answers";
    public string AnyModel { get; init; } = "the chat's own choice";

    public string ModelsHow { get; init; } = "Everything that answers here, with what it learned from and how well it does.";
    public string Parameters { get; init; } = "Parameters";
    public string Context { get; init; } = "Context";
    public string Weights { get; init; } = "Weights";
    public string Licence { get; init; } = "Licence";
    public string OwnedBy { get; init; } = "From";
    public string Tokens { get; init; } = "tokens";
    public string NoCard { get; init; } = "This model has no card.";
    public string AllModels { get; init; } = "All models";
    public string TryIt { get; init; } = "Try it";

    public string ImagesMissing { get; init; } = "No image model is served yet. A clone brings one in models/maison-image-1; runs/image.sh trains another, and “maison serve --image-model FOLDER” serves it.";
    public string ImagesHint { get; init; } = "The house's own model is small: it knows emoji, icons and scenes of simple things best, in English words.";
    public string Prompt { get; init; } = "What is to be seen";
    public string PromptExample { get; init; } = "a purple heart";
    public string NoPrompt { get; init; } = "Say first what is to be seen.";
    public string TooManyWaiting { get; init; } = "Twenty of your jobs are waiting. Stop one, or wait for it.";
    public string Paint { get; init; } = "Paint four pictures";
    public string ImageStyle { get; init; } = "Style";
    public string StyleNone { get; init; } = "as I say";
    public Func<string, string> ImageStyleName { get; init; } = id => id switch { "3d" => "3D", "flat" => "Flat", "outline" => "Outlined", "silhouette" => "Silhouette", "pixel" => "Pixel art", "lowpoly" => "Low poly", "scene" => "Scene", "photo" => "Photo", _ => id };
    public string Advanced { get; init; } = "Advanced";
    public string Seed { get; init; } = "Seed";
    public string AnySeed { get; init; } = "any";
    public string StepsLabel { get; init; } = "Steps";
    public string Guidance { get; init; } = "Guidance";
    public string Ratio { get; init; } = "Ratio";
    public string RatioSquare { get; init; } = "square: all that the model paints";
    public string Gallery { get; init; } = "Gallery";
    public string NoPictures { get; init; } = "Pictures that you paint are kept here, each with its recipe.";
    public string Waiting { get; init; } = "Waiting…";
    public string BeingPainted { get; init; } = "Being painted";
    public string PictureGone { get; init; } = "This picture is no longer kept. Paint it again.";
    public string RecipeTitle { get; init; } = "Recipe";
    public string NoRecipe { get; init; } = "This file carries no recipe.";
    public string Painted { get; init; } = "Painted";
    public string Reuse { get; init; } = "Use this recipe";
    public string CutBackground { get; init; } = "Transparent background, for styles on a plain one";
    public string StepsUsual { get; init; } = "usual";
    public string EditPicture { get; init; } = "Edit this picture";
    public string EditHint { get; init; } = "Say what is to be seen, and paint over the part that is to change; what you leave free stays as it is. Without a part, the whole picture is painted anew.";
    public string EditTool { get; init; } = "Tool";
    public string EditBrush { get; init; } = "Brush";
    public string EditRectangle { get; init; } = "Rectangle";
    public string EditRubber { get; init; } = "Rubber";
    public string EditWidth { get; init; } = "Width";
    public string EditUndo { get; init; } = "Undo";
    public string EditClear { get; init; } = "Clear";
    public string EditStrength { get; init; } = "Strength";
    public string EditUsual { get; init; } = "Usual";
    public string EditStrengthHint { get; init; } = "How much is painted anew. Usual is 60 % of a whole picture, and all of a part.";
    public string EditOfAPart { get; init; } = "a part";
    public string EditByNumbers { get; init; } = "Part by numbers";
    public string EditByNumbersHint { get; init; } = "A rectangle in percent of the picture, from its left and upper edges; left free for the whole.";
    public string EdgeLeft { get; init; } = "Left";
    public string EdgeTop { get; init; } = "Top";
    public string EdgeRight { get; init; } = "Right";
    public string EdgeBottom { get; init; } = "Bottom";
    public string NoArea { get; init; } = "The part has no area: left and top must be less than right and bottom, each from 0 to 100.";
    public string BringPicture { get; init; } = "Edit a picture of your own";
    public string BringButton { get; init; } = "Open";
    public Func<string, string> NoPicture { get; init; } = name => $"“{name}” is no picture that can be read. Choose a PNG, JPEG or WebP file.";
    public Func<string, string> PictureTooLarge { get; init; } = name => $"“{name}” is larger than 25 MB. Choose a smaller file.";
    public string Family { get; init; } = "Where it comes from";
    public string FamilyBefore { get; init; } = "Painted from";
    public string FamilyAfter { get; init; } = "Painted from this one";
    public string FamilyLost { get; init; } = "The picture that this one was painted from is no longer in the gallery.";
    public string SpeakAnswers { get; init; } = "Speak answers while they are written";
    public string PaintThis { get; init; } = "Paint this";
    public string PictureAsked { get; init; } = "/image says what is to be painted, /edit paints the last picture anew.";
    public Func<string, string> PaintedInChat { get; init; } = prompt => $"Painted: {prompt}";
    public string NothingToEdit { get; init; } = "There is no picture in this chat yet. Ask for one with /image and a few words.";
    public Func<string, string> FilePicture { get; init; } = name => $"“{name}” is a picture, and the models that write here can not see. To have it painted anew, open it in Images.";
    public string RemovePicture { get; init; } = "Delete for good";
    public string VoiceMissing { get; init; } = "No voice is served yet. A clone brings one in models/maison-voice-1; runs/voice.sh trains another, and “maison serve --voice-model FOLDER” serves it. This room then opens by itself.";
    public string VoiceHow { get; init; } = "Give it a text, choose how it is said, and watch every word as it is spoken.";
    public string SpeakText { get; init; } = "Text";
    public string SpeakExample { get; init; } = "It is ten past nine on May 3rd, and the lighthouse is lit. “Are you coming?” she asked. He paid $5 for the last boat home!";
    public string SpeakLanguage { get; init; } = "The house's voice speaks English.";
    public string Speak { get; init; } = "Speak";
    public string Delivery { get; init; } = "Delivery";
    public string Mode { get; init; } = "Mode";
    public string Scripted { get; init; } = "Scripted";
    public string Emotive { get; init; } = "Emotive";
    public string Story { get; init; } = "Story";
    public string ScriptedHow { get; init; } = "Every word as it stands, in one voice and style.";
    public string EmotiveHow { get; init; } = "The style follows what each sentence says.";
    public string StoryHow { get; init; } = "A narrator, and other voices for those who speak.";
    public string Style { get; init; } = "Style";
    public string StyleOfText { get; init; } = "as the mode chooses";
    public Func<string, string> StyleName { get; init; } = id => id;
    public string Strength { get; init; } = "Strength";
    public string Speed { get; init; } = "Speed";
    public string Sound { get; init; } = "Sound";
    public string Play { get; init; } = "Play";
    public string Pause { get; init; } = "Pause";
    public string Position { get; init; } = "Position";
    public string AsGiven { get; init; } = "As given";
    public string AsSpoken { get; init; } = "As spoken";
    public string Deliveries { get; init; } = "How each sentence is said";
    public string Download { get; init; } = "Take it along";

    public string Admin { get; init; } = "Admin";
    public string More { get; init; } = "More";
    public string Usage { get; init; } = "Usage";
    public string UsageHow { get; init; } = "The last thirty days, in UTC.";
    public string Answers { get; init; } = "Answers";
    public string MinutesSpoken { get; init; } = "Minutes spoken";
    public string SpentThisMonth { get; init; } = "Spent this month";
    public string People { get; init; } = "People";
    public string PeopleHow { get; init; } = "Each person has a name, a password, and chats and pictures that nobody else sees. Members use the house; admins also keep its books.";
    public string Role { get; init; } = "Role";
    public Func<string, string> RoleName { get; init; } = role => role;
    public string Password { get; init; } = "Password";
    public string NewPassword { get; init; } = "New password";
    public string PasswordHow { get; init; } = "Ten characters or more. A new password ends the person's sessions.";
    public string NewPerson { get; init; } = "A new person";
    public string AddPerson { get; init; } = "Add person";
    public string RemovePerson { get; init; } = "Remove";
    public string KeysAndBudgets { get; init; } = "Keys and budgets";
    public Func<string, string> KeyMade { get; init; } = name => $"The key “{name}”";
    public string ShownOnce { get; init; } = "It is shown this once. Copy it to where it is used.";
    public string NewKey { get; init; } = "A new key";
    public string MakeKey { get; init; } = "Make key";
    public string Project { get; init; } = "Project";
    public string BudgetDay { get; init; } = "Euros a day";
    public string BudgetMonth { get; init; } = "Euros a month";
    public string NoLimit { get; init; } = "no limit";
    public string ExpiresDays { get; init; } = "Good for days";
    public string Never { get; init; } = "always";
    public string KeyAdministers { get; init; } = "It administers the house";
    public Func<string, string, string> Spent { get; init; } = (day, month) => $"spent: {day} today, {month} this month";
    public Func<string, string> LastUsed { get; init; } = when => $"used {when}";
    public string NeverUsed { get; init; } = "not used yet";
    public Func<string, string> Ends { get; init; } = when => $"ends {when}";
    public string NewValue { get; init; } = "Give it a new value";
    public string RevokeKey { get; init; } = "Revoke";
    public Func<string, string> NoAmount { get; init; } = text => $"“{text}” is no amount in euros, such as 12.50.";
    public string Providers { get; init; } = "Providers";
    public string ProvidersHow { get; init; } = "Third parties that answer beside the house's models. Their keys go in and never come out; what leaves the house is masked unless a key says otherwise.";
    public string NewProvider { get; init; } = "A new provider";
    public string AddProvider { get; init; } = "Add provider";
    public string RemoveProvider { get; init; } = "Remove";
    public string Kind { get; init; } = "Kind";
    public string Address { get; init; } = "Address";
    public string TheirKey { get; init; } = "Their key";
    public string TheirModels { get; init; } = "Their models, one a line: the name, and euros per million tokens in and out";
    public Func<string, string> ModelLine { get; init; } = line => $"“{line}” is no model: write a name, or a name and two prices.";
    public string Training { get; init; } = "Training";
    public string TrainingHow { get; init; } = "What this machine is learning and has learned: the runs in the data folder, as they go.";
    public string NoTraining { get; init; } = "Nothing was trained here yet. A first run starts in a terminal and appears on this page by itself:";
    public Func<string?, string?, string> TrainingKind { get; init; } = (kind, stage) => kind switch { "text" => "text", "g2p" => "pronunciation", "voice" => $"voice, {stage}", "image" => $"pictures, {stage}", _ => "its plan.json can not be read" };
    public Func<string, string> TrainingStatus { get; init; } = status => status;
    public Func<int, int, string> StepOf { get; init; } = (step, steps) => $"step {step:N0} of {steps:N0}";
    public Func<int, double, string> StepInMinutes { get; init; } = (step, minutes) => $"step {step:N0} in {minutes:0.#} minutes";
    public Func<int, string> AtStep { get; init; } = step => $"step {step:N0}";
    public Func<double, string?, string> TrainingRate { get; init; } = (rate, unit) => $"{rate:N0} {(unit == "seconds" ? "s of sound" : unit)}/s";
    public Func<double, string> TimeLeft { get; init; } = seconds => $"{Span(seconds)} left";
    public string LossOverSteps { get; init; } = "Loss over steps; dark is the mean of the last ones";
    public string HeldOut { get; init; } = "Held out";
    public string Audit { get; init; } = "Audit";
    public string AuditHow { get; init; } = "Every administrative act, written with the act itself and never changed.";
    public string Time { get; init; } = "When";
    public string Act { get; init; } = "What";
    public string Detail { get; init; } = "In detail";
    public string By { get; init; } = "By";
    public string OlderActs { get; init; } = "Older acts";
    public string ThisMachine { get; init; } = "What this machine does";
    public string NothingMeasured { get; init; } = "Nothing was measured here yet. These commands do, in a few minutes each, and their figures stand here afterwards:";
    public string Measured { get; init; } = "Measured";
    public string Figure { get; init; } = "Figure";
    public string BesideWhat { get; init; } = "Beside";
    public string Or { get; init; } = "or";
    public Func<string, string> SignInWith { get; init; } = name => $"Sign in with {name}";
    public string SignInAgain { get; init; } = "This sign-in was begun in another browser, or too long ago. Begin again.";
    public string SignInDenied { get; init; } = "You were not signed in there. Begin again, or sign in with a name and a password.";
    public string SignedIn { get; init; } = "You are signed in";
    public string GoOn { get; init; } = "Go on";
    public string OrKey { get; init; } = "Sign in with an API key";

    /// <summary>The name of the other language, in that language, and its code.</summary>
    public (string Code, string Name) Other { get; init; } = ("fr", "Français");

    /// <summary>A duration in its two largest units that matter.</summary>
    public static string Span(double seconds) => TimeSpan.FromSeconds(seconds) is var t && t.TotalHours >= 1 ? $"{(int)t.TotalHours} h {t.Minutes} min" : t.TotalMinutes >= 1 ? $"{t.Minutes} min" : $"{t.Seconds} s";

    /// <summary>A loss or another measure, four digits where it is small.</summary>
    public string Measure(double? value) => value is null ? "–" : value.Value.ToString(Math.Abs(value.Value) < 1 ? "0.0000" : "0.000", Culture);

    /// <summary>How numbers are written.</summary>
    public NumberFormatInfo Culture { get; init; } = CultureInfo.InvariantCulture.NumberFormat;

    /// <summary>Short names of the months.</summary>
    public IReadOnlyList<string> Months { get; init; } = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>A time as lists show it: the hour today, the day before.</summary>
    public string When(DateTimeOffset time)
    {
        var (local, today) = (time.LocalDateTime, DateTime.Now.Date);
        return local.Date == today ? local.ToString("HH:mm", CultureInfo.InvariantCulture) : $"{local.Day} {Months[local.Month - 1]}{(local.Year == today.Year ? "" : $" {local.Year}")}";
    }

    /// <summary>Micro-euros in euros.</summary>
    public string Money(long micros) => $"€{(micros / 1e6).ToString(micros is > 0 and < 10_000 ? "0.00####" : "N2", Culture)}";
}
