### What the pages say, in English. Plain, short, present tense; sentence case. $n chooses the plural form, $shown is the number.

## Everywhere
skip = Skip to the page
menu = Menu
nav-main = Main
nav-home = Home
nav-products = Products
nav-models = Models
nav-shoots = Shoots
nav-review = Review
nav-projects = Projects
nav-billing = Billing
nav-settings = Settings
nav-admin = Admin
theme-light = Light
theme-dark = Dark
theme-system = As the device
logout = Sign out
offline = You are offline. What you decide is kept here and goes out when you are back.
credits = Credits
credits-free = { $n ->
    [one] { $shown } credit free
   *[other] { $shown } credits free
}
credits-count = { $n ->
    [0] free
    [one] { $shown } credit
   *[other] { $shown } credits
}
free = free
held = { $shown } held
of = { $shown } of { $whole }
of-pictures = { $n ->
    [one] of { $shown } picture
   *[other] of { $shown } pictures
}
of-plain = of { $shown }
left = { $span } left
days = { $n ->
    [one] { $shown } day
   *[other] { $shown } days
}
day = Day
today = today
span-seconds = { $shown } s
span-minutes = { $shown } min
span-hours = { $shown } h
span-days = { $n ->
    [one] { $shown } day
   *[other] { $shown } days
}
seconds-short = s
save = Save
delete = Delete
delete-ask = Delete…
restore = Bring back
action = Action
changed = Changed
made-on = Made
since = Since
until = until
when = When
who = Who
state = State
progress = Progress
failed = Failed
never = never
no-end = No end
on = On
off = Off
close = Close
undo = Undo
earlier = Earlier
later = Later
figures = Figures
period = Period
view = View
filter = Filter
filter-all = All
filter-deleted = Deleted
filter-clear = Clear the filters
nothing-matches = Nothing matches
nothing-matches-text = Other words or another filter may find it.
deleted-none = Nothing was deleted
deleted-none-text = What you delete stays here for 30 days.
as-table = Show as table
page-next = Next page
choose = Choose
choose-all = Choose all
choose-none = Choose none
choose-one = Choose { $name }
selected = { $shown } chosen
selected-help = Tick products to do something with them
somebody = Somebody
file = File
row = Row
score = Score
lock = Check
needs-score = Needs
pictures = Pictures
pictures-count = { $n ->
    [one] { $shown } picture
   *[other] { $shown } pictures
}
pictures-zero = No pictures
pictures-none = No pictures yet
pictures-none-text = They stand here by pose once a shoot has made them.
products-count = { $n ->
    [one] { $shown } product
   *[other] { $shown } products
}
people-count = { $n ->
    [one] { $shown } person
   *[other] { $shown } people
}
workspaces-count = { $n ->
    [one] { $shown } workspace
   *[other] { $shown } workspaces
}
done-saved = Saved
done-restored = Brought back
done-verified = Your address is confirmed
done-invited = The invitation is on its way
done-product = The product is made. Give it photos.
done-withdrawn = Written down: no more pictures can be ordered
done-threshold = The threshold holds for pictures from now on
done-signed-out = That device is signed out
done-revoked = The key holds no more
done-consent = The consent is written down
done-password = The new password holds. Sign in with it.
done-deleted = Deleted
done-model = The model is made. Add photos and consent.
done-project = The project is made
done-joined = You are a member now
done-photo = The photo is here
done-retention = Saved. What is older goes within the hour.
done-again = Asked for again
done-pinged = A call is on its way. It stands in the list below in a moment.

## Names
role-owner = owner
role-editor = editor
role-reviewer = reviewer
state-running = Running
state-paused = Paused
state-done = Done
state-cancelled = Cancelled
view-front = Front
view-back = Back
view-side = Side
view-detail = Detail
no-view-front = No front photo
no-view-back = No back photo
no-view-side = No side photo
no-view-detail = No detail photo
view-of-front = front
view-of-back = back
view-of-side = side
view-of-detail = detail
view-letter-front = F
view-letter-back = B
view-letter-side = S
view-letter-detail = D
view-help-front = What every picture starts from
view-help-back = Gives the back view
view-help-side = Gives left, right or 45°
view-help-detail = Gives sharper close-ups
category-unknown = Not said
category-top = Top
category-crop-top = Cropped top
category-jacket = Jacket or coat
category-trousers = Trousers
category-skirt = Skirt or shorts
category-dress = Dress or jumpsuit
pose-front = Front
pose-back = Back
pose-left = Left
pose-right = Right
pose-forty-five-degree = 45°
pose-walking = Walking
pose-seated = Seated
pose-hand-on-hip = Hand on hip
pose-detail-close-up = Detail
pose-slight-turn-left = Slight left
pose-slight-turn-right = Slight right
pose-help-front = Straight on, full length
pose-help-back = Seen from behind
pose-help-left = Turned to the left edge of the picture: it shows the left side as a viewer names it
pose-help-right = Turned to the right edge of the picture
pose-help-forty-five-degree = Turned halfway to the camera
pose-help-walking = Walking towards the camera, on a person
pose-help-seated = Seated on a plain cube, on a person
pose-help-hand-on-hip = Standing with a hand on the hip, on a person
pose-help-detail-close-up = Up to three close-ups of print, collar or fabric
mark-approved = approved
mark-rejected = rejected
mark-failed = failed a check
mark-doubtful = to look at
mark-unverifiable = cannot be checked
mark-passed = passed
mark-picture = passed
mark-waiting = waiting
mark-running = being made
mark-left-out = left out
mark-removed = file removed
mark-unmade = could not be made
mark-cancelled = cancelled
worst-failed = Failed
worst-doubtful = A person should look
worst-unverifiable = Cannot be checked
worst-passed = Passed
worst-not-applicable = Not applicable
worst-open = Not made
lock-product = Product
lock-identity = Face
lock-background = Background
lock-no-op = Unchanged
lock-set = Set
outcome-said-doubtful = doubtful
outcome-said-unverifiable = not checkable
state-said-running = running
state-said-paused = paused
state-said-done = done
state-said-cancelled = cancelled
place-top = at the top
place-middle = half way down
place-bottom = at the bottom
place-left = left
place-centre = in the centre
place-right = right
check-pixels = pixels
check-ratio = ratio
check-format = format
check-bytes = bytes
check-bits = bits
check-source-type = source type
check-colour = colour
check-border = border
check-fill = fill
check-provenance = provenance
reason-print = Print
reason-colour = Colour
reason-shape = Shape or length
reason-face = Face
reason-hands = Hands or body
reason-pose = Pose or crop
reason-background = Background
reason-other = Other
decision-approved = approved
decision-rejected = rejected
decision-redo = sent to redo
decision-undone = took it back
decision-anyway = accepted anyway
attempt-running = being made
attempt-done = taken
attempt-rejected = sent back
attempt-withheld = held back
attempt-refused = refused by the engine
attempt-fault = fault in passing
attempt-lost = lost
attempt-broken = no usable picture
attempt-pending = taken up again
attempt-failed = failed
show-undecided = To decide
show-failed = Failed a check
show-doubtful = To look at
show-unverifiable = Can't be checked
show-passed = All passed
show-approved = Approved
show-rejected = Rejected
show-all = All
format-webp = WebP
format-webp-lossless = WebP, lossless
format-jpeg = JPEG
format-png = PNG
format-png16 = PNG, 16 bit
format-tiff = TIFF
format-avif = AVIF
preset-best-quality = Best quality
preset-balanced = Balanced
preset-fast = Fast
preset-local = Local
import-state-running = Running
import-state-done = Done
import-state-failed = Failed
import-state-cancelled = Stopped
outcome-created = New
outcome-updated = Updated
outcome-unchanged = Already here
outcome-missing = Something was not sent
outcome-duplicate = Twice
outcome-unreadable = Cannot be read
outcome-ambiguous = Assumed
outcome-too-small = Too small
outcome-refused = Not used
ledger-grant = Granted
ledger-purchase = Bought
ledger-hold = Held for a picture
ledger-settle = Paid: the picture was delivered
ledger-release = Given back
ledger-refund = Refunded
ledger-expire = Expired
scope-read = see
scope-review = review
scope-edit = edit
scope-shoot = shoot
scope-manage = manage
call-waiting = waiting
call-delivered = delivered
call-failed = failed

## Coming in
login-title = Sign in
login-do = Sign in
login-forgot = Forgot your password?
login-new = New here?
refused-wrong-credentials = The address or the password is wrong.
refused-disabled = This account is disabled. Ask who runs the platform.
login-again = You were signed out. What you typed is kept. Sign in to go on.
login-join = Sign in or register to join
to-login = Sign in
to-register = Register
register-title = Register
register-do = Make the account
register-have = Already registered?
setup-title = Set up PhotoGen
setup-text = This link makes you the person who runs this service. It works once.
reset-title = A new password
reset-text = We mail a link to choose a new one. It holds for an hour.
reset-do = Mail the link
choose-title = Choose a new password
choose-do = Use this password
told-title = Look into your mail
told-text = If somebody is registered with this address, a link is on its way. It holds for an hour.
verify-title = Confirm your address
verify-do = This is my address
join-title = Join the workspace
join-do = Join
field-name = Name
field-email = Mail address
field-password = Password
workspace-own = { $name }'s workspace
field-workspace = Workspace
field-description = Description
field-sku = SKU
field-category = Category
field-colour = Colour
field-project = Project
field-role = Role
hint-name = Your team sees it
hint-password = 8 characters or more; a sentence is fine
hint-workspace = Leave it empty to name it after you

## What goes wrong
error-forbidden = You may not do this here
error-forbidden-text = Ask an owner of the workspace, or who runs this service.
error-not-found = No such page here
error-not-found-text = It may have been deleted, or belong to another workspace.
error-credits = Too few credits
error-too-many = Too many tries
error-ours = This part did not load
error-refused = This cannot be done as it stands
error-safe = Our side. Nothing was lost and nothing was charged.
error-other-workspace-text = You changed to { $here } in another tab. Nothing was saved. Change back to { $there }, go back to the page and send it again.
error-other-workspace-back = Change back to { $there }
error-code = For support: { $code }
error-home = To the start

## Home
home-hello = Hello, { $name }
needs-title = Needs you
needs-none = Nothing waits for you
needs-none-text = Pictures to decide, pictures that could not be made and consents that end stand here.
need-decide = { $n ->
    [one] { $shown } picture to decide in { $shoot }
   *[other] { $shown } pictures to decide in { $shoot }
}
need-decide-none = None failed a check.
need-decide-failed = { $n ->
    [one] { $shown } failed a check and was sent back.
   *[other] { $shown } failed a check and were sent back.
}
need-unmade = { $n ->
    [one] { $shown } picture of { $shoot } could not be made
   *[other] { $shown } pictures of { $shoot } could not be made
}
need-unmade-text = See why, mend it, and ask for them again.
need-consent-none = { $name } has no consent on record
need-consent-none-text = No picture can use this face until it is written down.
need-consent-over = { $name }'s consent is over
need-consent-over-text = No new picture can use this face.
need-consent-soon = { $n ->
    [0] { $name }'s consent ends today
    [one] { $name }'s consent ends in { $shown } day
   *[other] { $name }'s consent ends in { $shown } days
}
need-consent-soon-text = After that no new picture can use this face.
need-engine = { $model } shuts down on { $day }
need-engine-text = Briefs that name it need another model after that day.
verb-review = Review
verb-unmade = See why
verb-consent = Renew consent
verb-new-shoot = New shoot
flights-title = Shoots
all-shoots = All shoots
all-products = All products
credits-chart = Credits of the last 30 days
credits-last = { $n ->
    [one] At this pace they last about { $shown } day.
   *[other] At this pace they last about { $shown } days.
}
first-try = First try good
first-try-none = No pictures in this time.
start-title = Three steps to the first pictures
start-import = Import products
start-import-text = Drop a folder, a ZIP or a CSV. Nothing is saved before you have seen the report.
start-model = Add a model
start-model-text = Only for pictures on a person. Packshots need none.
start-pilot = Shoot a pilot
start-pilot-text = Five products first. Look, then shoot the rest.

## Projects
project-new = New project
project-make = Make the project
project-first = First project
project-no = No project
projects-none = No projects yet
projects-none-text = A project groups products, shoots and pictures of one collection.
project-second = Two people approve every picture
project-second-text = A picture counts as approved when a second person says so too.
project-delete = Delete the project
project-delete-text = Its products and pictures stay. It comes back within 30 days.

## Products
product = Product
product-new = New product
product-make = Make the product
product-delete = Delete the product
product-delete-text = Its pictures stay. It comes back within 30 days; its SKU is free at once.
products-none = No products yet
products-none-text = Drop a folder, a ZIP or a CSV.
never-shot = Never shot
search-products = SKU or name
view-grid = Grid
view-table = Table
shoot-these = Shoot these
shoot-this = Shoot this
photos = Photos
photos-count = { $n ->
    [0] No photos
    [one] { $shown } photo
   *[other] { $shown } photos
}
photo-add = Send the photo
photo-remove = Remove { $name }
photo-small = 1,000 pixels or more give a sharper print

## Imports
import = Import
import-products = Import products
import-title = Import
import-trial-title = Import, trial run
import-trial = Trial run
import-try = Check the files
import-stop = Stop
import-running = { $shown } of { $whole } rows and files are worked off.
import-done = { $n ->
    [one] { $shown } row or file was worked off.
   *[other] { $shown } rows and files were worked off.
}
import-trial-done = { $n ->
    [one] Nothing is saved yet. { $shown } row or file was read.
   *[other] Nothing is saved yet. { $shown } rows and files were read.
}
import-cancelled = Stopped. What the report says was done stays done.
import-ready = new
import-noted = with a note
import-to-fix = need a fix
import-here = already here
import-look = To look at
import-all = All rows
import-rows = Rows
import-problems = To look at
import-found = What we found
import-columns = number,kind,sku,file,line,view,outcome,message
import-kind-row = row
import-kind-file = file
import-report = Download report (CSV)
import-clean = Nothing needs a look
import-confirm = { $n ->
    [one] Import { $shown } row or file
   *[other] Import { $shown } rows and files
}
import-confirm-text = { $n ->
    [0] Nothing is left behind.
    [one] { $shown } that needs a fix stays behind. Fix it and import again.
   *[other] { $shown } that need a fix stay behind. Fix them and import again.
}
settings-presets = Brand presets
presets-text = How your brand has its pictures, under a name: poses, background, size, format, engine and model. A new shoot starts from one, and the API takes it as brandPreset.
presets-none = No brand presets yet
presets-none-text = Set up a new shoot the way your brand has it, and keep it under a name there.
preset-says = What it says
preset-keep = Keep as a brand preset
preset-keep-text = Everything but the products
preset-keep-do = Keep
plan-profile = Channel
plan-profile-none = None
plan-profile-hint = Its ground and shadow are used, and the size is checked against it.
import-fix = Put it right
import-fix-photo = Its photo
import-as-is = As it is
import-leave-out = Leave it out
import-add-files = Add or replace files
import-add-files-help = A photo that is missing, or a better one of the same name. A table of the same name replaces the table.
import-check-again = Check again
view-said-front = Front
view-said-back = Back
view-said-side = Side
view-said-left = Left side
view-said-right = Right side
view-said-45 = 45°
view-said-detail = Detail
imports-earlier = Earlier imports
imports-none = None so far.
import-how = How files find their product
import-how-names = Photos by their name: the SKU, then the view.
import-how-table = A table (CSV or XLSX) with a column sku; name, category and colour if you have them.
import-how-zip = A ZIP may hold all of it, folders too. Files that cannot be read stand in the report; the others go on.
drop-title = Drop files here, or choose them
drop-text = A ZIP, a table, photos. JPEG, PNG, WebP or TIFF, 50 MB each.
drop-folder = Choose a folder
upload-progress = Sent so far
upload-sending = Sending %d of %n
upload-checking = All here. Checking.
upload-lost = nothing arrived here; check the network and send it again
upload-barred = a proxy on the way here refused it with %s (413: it is too large for the proxy)
upload-refused = %f was not taken: %w

## Models
model = Model
model-add = Add a model
model-new = New model
model-make = Make the model
model-name-hint = A first name or a code. Only your team sees it.
model-photos-help = One to eight photos of the same person. The first stands for her everywhere.
model-delete = Delete the model
model-delete-text = No new picture can use this face. It comes back within 30 days.
models-none = No models yet
models-none-text = A model wears your products in every picture. Photos and consent first.
photo-numbered = Photo { $number }
alike = Similarity of the photos
alike-help = 1 is the same face. Below { $threshold } two photos look like two people.
alike-unlike = unlike
alike-all = All photos that could be compared look like one person.
alike-unsure = Nothing says that these are different people, and not all are alike enough to be sure ({ $sure }): look at them yourself.
alike-odd = { $n ->
    [one] Photo { $photos } looks like another person: remove it or check it.
   *[other] Photos { $photos } look like another person: remove them or check them.
}
alike-apart = Photos { $photos } look like different people: keep those of one person.
alike-none = The photos are not compared: that takes two faces that are known, and a consent that holds.
photos-add = Add photos
photos-add-help = Face in full, good light, 256 pixels or more
consent = Consent
consent-help = What the person agreed to. Without it no picture can be ordered.
consent-none = No consent
consent-open = Consent without end
consent-over = Consent is over
consent-soon = { $n ->
    [0] Ends today
    [one] Ends in { $shown } day
   *[other] Ends in { $shown } days
}
consent-until = Consent to
consent-scope = For what
consent-scope-hint = For example: web shop and marketplaces, European Union
consent-given = Given on
consent-ends = Ends on
consent-ends-hint = Leave it empty where it has no end
consent-save = Write it down
consent-withdraw = The consent was taken back
consent-withdraw-ask = Taken back…
consent-withdraw-text = From then on no picture of this person can be ordered. Pictures that are made stay.

## New shoot
plan-title = The plan
plan-live = Updates as you choose
plan-map = { $n ->
    [one] One square a picture, { $shown } to make
   *[other] One square a picture, { $shown } to make
}
plan-more = and { $shown } more
plan-pilot-key = { $n ->
    [one] pilot, { $shown } product
   *[other] pilot, { $shown } products
}
plan-rest-key = the rest
plan-out-key = left out
plan-asked = { $n ->
    [one] { $shown } product in { $poses } poses
   *[other] { $shown } products in { $poses } poses
}
plan-left-out = Cannot be made truthfully
plan-vendors = Vendors charge about
plan-now = Credits now
plan-held = Held at the start
plan-left = Left while it runs
plan-pay = You pay only for pictures that pass or that you accept. The rest of the hold comes back.
plan-pilot = { $n ->
    [one] Start the pilot, { $shown } credit
   *[other] Start the pilot, { $shown } credits
}
plan-all = { $n ->
    [one] Shoot everything, { $shown } credit
   *[other] Shoot everything, { $shown } credits
}
plan-start = { $n ->
    [one] Start the shoot, { $shown } credit
   *[other] Start the shoot, { $shown } credits
}
plan-cannot = Nothing to shoot yet
plan-pilot-text = The pilot shoots the first products alone. Look at them, then release the rest.
plan-again = Reckon again
plan-no-products = Choose at least one product.
plan-no-poses = Choose at least one pose.
plan-nothing = None of these pictures can be made: { $why }
plan-buy = Buy credits
plan-ask = Ask an owner for more
plan-credits = This needs { $needed } credits, you have { $free } free. Take away products or poses.
plan-no-photo = { $n ->
    [one] { $shown } product has no VIEW photo: that view is left out for it.
   *[other] { $shown } products have no VIEW photo: that view is left out for those.
}
plan-whole = { $n ->
    [one] { $shown } product of the project
   *[other] all { $shown } products of the project
}
plan-whole-text = The whole project is shot.
plan-choose = Choose products
plan-products-first = A shoot starts from product photos. Import some first.
plan-model-text = Same face in every picture
plan-no-model = No model
plan-product-only = Product only
plan-no-people = Pictures on a person need a model.
poses = Poses
background = Background
background-white = White
background-gray = Light grey
background-custom = Custom
background-hex = Colour
background-picker = Pick a colour
background-shadow = Soft shadow
background-text = Exact to the last pixel, checked at the border.
delivery = Delivery
resolution = Size
format = Format
engine = Engine
engine-text = Price per picture that you accept
engine-ready = Ready
engine-off = Not set up
engine-here = This machine
engine-ends = ends { $day }
engine-name-openai-compatible = own server
preset-engine = Asks { $engine }
preset-engines = Asks { $engine }, then { $after }
checks = Checks
strict = Strict
strict-text = Send back every picture that a person would have to look at first.
more-fields = Name, seed and prompt
shoot-name = Name of the shoot
seed = Seed
seed-hint = The same seed and photos give the same pictures, where the engine can.
prompt = Prompt
prompt-hint = Words for engines that read them. The product's own look is kept without it.

## Shoots
shoots-none = No shoots yet
shoots-none-text = A shoot makes pictures of products in the poses you choose.
shoot-unnamed = Shoot { $id }
shoot-like = Same brief again
to-look = To look at
pause = Pause
resume = Go on
cancel-ask = Cancel…
cancel-title = Cancel this shoot?
cancel-text = { $n ->
    [one] { $stay } pictures stay. { $shown } is not made and its credits come back now.
   *[other] { $stay } pictures stay. { $shown } are not made and their credits come back now.
}
cancel-keep = Keep shooting
cancel-do = Cancel the shoot
left-out = left out
live-finishes = Finishes
live-passed = { $shown } passed
live-look = { $shown } to look at
live-failed = { $shown } failed
live-running = { $shown } now
live-tries = { $tries } tries a picture
live-credits = Credits used
cause-person = Face: another person
cause-garment = Product: another garment
cause-print = Product: print missing or garbled
cause-colour = Product: colour is off
cause-unchanged = The photo came back unchanged
cause-background = Background is not exact
cause-strict = Not sure, and the shoot is strict
live-none = Nothing so far.
live-recent = Just now
live-recent-none = The first picture lands here in a moment.
live-example = { $n ->
    [one] { $sku }
   *[other] { $shown } pictures, { $sku } among them
}
live-engine = Made by { $engine }.
live-close = You can close this page. The shoot goes on.
look-at = Look at { $shown }
unmade-title = Could not be made
unmade-none = Nothing is left here
unmade-again = Asked for again: look at the shoot
unmade-back = To the shoot
unmade-product = To the product and its photos
out-no-photo = No { $view } photo, so the view is left out
out-no-region = Too few places worth a close-up; a detail photo gives more
review-count = Review { $shown }

## Review
review-none = Nothing to decide
review-none-text = Pictures that were made stand here until somebody has approved or rejected them.
review-clear = All decided here
review-clear-text = Another filter shows the others.
approve = Approve
approve-anyway = Accept anyway…
reject = Reject
redo = { $n ->
    [0] Redo
    [one] Redo, { $shown } credit
   *[other] Redo, { $shown } credits
}
picture-removed = the files were removed, because this workspace keeps rejected pictures only for some time. What the checks measured and what people decided stays; the picture can be made again.
desk-title = Review, { $name } ({ $left } left)
desk-keys = All keys
desk-find = Find SKU
desk-sort = Order
desk-sort-worst = Worst first
desk-sort-product = By product
desk-sort-best = Best first
desk-pair = The picture and its photo
desk-attempts = Tries
desk-attempt = Try { $number }
desk-side = Side by side
desk-slider = Slider
desk-flicker = Flicker
desk-box = Worst place
desk-heat = Heat-map
desk-heat-text = Where the product differs from its photo: yellow a little, red much
desk-heat-none = No heat-map: no check of the product failed or doubts this try
desk-photo = Product photo
desk-result = Result
desk-photo-1 = Photo 1:1
desk-result-1 = Result 1:1
desk-history = History
desk-reject-because = Reject because
desk-reject-help = one key rejects and goes on
desk-note = Note
desk-ask-do = Go on
desk-ask-cancel = Leave it
desk-saved = Saved
desk-saving = Saving %n
desk-waiting = %n wait, offline
desk-approved = %s approved
desk-rejected = %s rejected: %r
desk-redo = %s goes to redo in 5 s
desk-undone = Taken back: %s
desk-anyway = A check said no. Why is it taken anyway?
desk-other = What is wrong with it?
desk-selected = %n selected
desk-many = %v %n pictures? Enter, Esc
desk-conflict = %w decided otherwise on %s meanwhile. Theirs stands; decide again to overrule.
desk-refused = %s was not decided: %w
desk-end = The last one. %n are left undecided.
desk-none = No pictures yet. They come in here as they are made.
desk-nothing = Nothing to take back
desk-running = being made
desk-new = %n new, show
desk-second = %s waits for a second person
desk-of = of
desk-pace = %n a minute
desk-name = %s, %p. %k. %d
desk-no-redo-undo = The new try is already on its way
key-move = move
key-approve = approve, go on
key-reject = reject
key-reject-reason = reject with a reason, go on
key-reason = reason
key-redo = redo
key-undo = undo, and redo of decisions
key-zoom = 1:1 in both, again: fit
key-modes = side by side, slider, flicker
key-box = worst place on or off
key-heat = heat-map on or off, where there is one
key-attempts = earlier, later try
key-select = select
key-note = note
key-light = ground light, mid grey, dark
key-tidy = tidy: apply filter and order again
key-size = larger, smaller thumbnails
key-find = find a SKU
key-ends = first, last

## Billing
billing-held = held
billing-open = { $n ->
    [one] for { $shown } picture
   *[other] for { $shown } pictures
}
billing-text = Credits are held when a shoot starts, taken when a picture is delivered, and given back when it is not.
billing-ledger = Statement
billing-none = No entries yet
billing-what = What
billing-balance = Balance
billing-picture = Picture { $id }
credits-low = { $n ->
    [0] No credits are left. Buy some before the next shoot.
    [one] { $shown } credit is left. Buy more before the next shoot.
   *[other] { $shown } credits are left. Buy more before the next shoot.
}
credits-word = credits
package = Package
packages = Buy credits
packages-sold = Packages
purchase-whose = Workspace
packages-none = Nothing is sold here
packages-none-text = Ask who runs this service for credits.
packages-online = You pay at Stripe, which sends the invoice. Credits are there as soon as the money is.
packages-offline = You get an invoice. Credits are there once it is paid.
packages-edit = What is sold from now on. A row without an id is left out; what was bought before stays as it was.
package-buy = Buy
package-order = Order
package-buy-name = Buy { $name }
package-id = Id
package-price = Price in the smallest unit (cents)
package-currency = Currency
price = Price
purchases = Purchases
purchases-none = Nobody has bought credits yet
purchases-online = Purchases are paid at Stripe and stand here.
purchases-offline = No payment provider is set, so orders stand here as invoices: write them, and mark them as paid.
purchase-title = { $name }, { $credits }
purchase-told-open = Not paid yet.
purchase-told-pending = The payment is under way. This page tells when it has come.
purchase-told-expired = Nobody paid in time. Nothing was charged; order again when you like.
purchase-told-failed = The payment failed. Nothing was charged; order again when you like.
purchase-told-paid = Paid. The credits are there.
purchase-invoice = It is ordered. You get an invoice; the credits are there once it is paid.
purchase-open = Not paid
purchase-pending = Under way
purchase-expired = Expired
purchase-failed = Failed
purchase-paid = Paid
purchase-pay = Pay { $price } at Stripe
purchase-go-on = Pay
purchase-read-invoice = Invoice
purchase-settle = Mark as paid
purchase-back = { $n ->
    [one] { $shown } went back
   *[other] { $shown } went back
}
purchase-missing = { $n ->
    [one] { $shown } spent before the refund
   *[other] { $shown } spent before the refund
}
caps = Spend caps
caps-text = The most credits that the pictures of a project, or of an API key, may take in 30 days. An order past it is refused.
caps-none = Make a project or an API key first.
cap-of = For
cap-project = project
cap-key = API key
cap-credits = Credits in 30 days
cap-set = Set
cap-remove = Remove
billing-csv = Table (CSV)
ledger-short-grant = Granted
ledger-short-purchase = Bought
ledger-short-hold = Held
ledger-short-settle = Paid
ledger-short-release = Given back
ledger-short-refund = Refunded
ledger-short-expire = Expired

## Settings
settings-profile = Profile
settings-members = Members
settings-keys = API keys
settings-webhooks = Webhooks
settings-you = You
settings-devices = Signed in on
settings-desk = Review desk
settings-desk-text = Single keys decide pictures while the sheet or the pair has the focus.
settings-keys-off = Switch single keys off in this browser
last-used = Last used
this-one = this one
sign-out-device = Sign it out
password-current = Password now
password-new = New password
password-text = Every device is signed out then, this one too.
password-change = Change the password
role-of = Role of { $name }
member-remove = Take out
member-leave = Leave
invite-title = Invite somebody
invite-do = Send the invitation
invite-text = It is mailed, and holds for a week. Reviewers decide; editors also import and shoot; owners also manage people and money.
invite-open = Open invitations
invite-withdraw = Take back
keys-none = No API keys
keys-none-text = A key lets a program work here, as far as you say.
key-new = New key
key-make = Make the key
key-made = Your new key
key-once = Keep it now: it is not shown again.
key-may = May
key-holds = Holds for
holds-until = Holds until
key-text = Programs send it as Authorization: Bearer.
key-revoke = Revoke
revoked = Revoked
api-docs = API documentation
webhooks-none = No webhooks
webhooks-none-text = We call your address when a shoot or a picture changes.
webhook-new = New webhook
webhook-make = Make the webhook
webhook-url = Address
webhook-events = Tell it of
webhook-events-hint = Tick nothing to tell it everything.
webhook-everything = Told of everything
webhook-secret = The webhook's secret
webhook-ping = Send a test call
webhook-on = Switch on
webhook-off = Switch off
webhook-renew = New secret
webhook-calls = Last calls
what-if-title = What if a threshold were another
what-if-text = { $n ->
    [0] This check has measured no picture yet.
    [one] { $shown } picture that this check measured.
   *[other] The last { $shown } pictures that this check measured.
}
what-if-chart = Scores of { $shown } pictures, check { $lock }
what-if-kept = not rejected by people
what-if-rejected = rejected by people
what-if-now = now { $value }
what-if-try = try { $value }
what-if-value = Try this threshold
what-if-do = Reckon
what-if-more = { $n ->
    [0] No more pass.
    [one] { $shown } more passes.
   *[other] { $shown } more pass.
}
what-if-fewer = { $n ->
    [one] { $shown } fewer passes.
   *[other] { $shown } fewer pass.
}
what-if-people = { $n ->
    [0] None of those did people reject.
    [one] People rejected { $shown } of those.
   *[other] People rejected { $shown } of those.
}
what-if-approved = { $n ->
    [0] None was approved by people.
    [one] People approved { $shown }.
   *[other] People approved { $shown }.
}
what-if-use = Use { $value }
what-if-own = Back to the check's own
what-if-defaults = Thresholds of workspaces without their own
what-if-defaults-text = A workspace's own threshold comes before these.
thresholds-none = Nothing was changed yet: every check keeps its own threshold.
retention = Retention
retention-title = How many days things are kept
retention-text = Once an hour, what is older is removed for good. Only files and what is known of faces go: what the checks measured, decisions, credits and the audit log stay. Approved pictures stay, and so does what an export is packing.
retention-ever = for ever
retention-count = Count what would go
retention-candidates = Tries that were not taken, in days
retention-rejected = Rejected pictures, in days
retention-biometric = What is known of faces, in days
retention-help-candidates = Files of tries that were sent back, from the end of the picture on. The last try of a picture that a check sent back stays: you may still accept it.
retention-help-rejected = Files of pictures that a check or a person rejected, or that were made again, with all their tries and their recipe, from the last decision on. After that they cannot be accepted any more, only made again.
retention-help-biometric = The sealed numbers that say whose face a photo of a model shows, from the day the photo came or the last shoot with the model ended, whichever is later. The photos stay; a later shoot looks at them again.
retention-due-candidates = { $n ->
    [0] None would go now.
    [one] { $shown } file would go now.
   *[other] { $shown } files would go now.
}
retention-due-rejected = { $n ->
    [0] None would go now.
    [one] The files of { $shown } picture would go now.
   *[other] The files of { $shown } pictures would go now.
}
retention-due-biometric = { $n ->
    [0] None would go now.
    [one] What is known of the face in { $shown } photo would go now.
   *[other] What is known of the faces in { $shown } photos would go now.
}

## Admin
admin-overview = Overview
admin-engines = Engines
admin-queue = Queue
admin-users = People
admin-made = Pictures made
admin-yield = { $share } of those that ended
admin-yield-none = none ended in this time
admin-waiting = Waiting in the queue
admin-running = { $shown } running
admin-oldest = oldest { $span }
admin-cost = Cost per picture
admin-cost-text = what vendors charged for everything, by delivered picture
admin-days = Pictures a day
admin-most = at most { $count }
admin-passed = passed
admin-looked = a person decides
admin-failed = failed
admin-locks-text = Share of measured pictures that a check sent back.
admin-tries = Tries, 30 days
admin-charged = Charged
admin-at-once = At once
admin-models = Models
search-people = Name or mail
user-active = Active
user-disabled = Stopped
user-admin = runs the platform
user-disable = Stop
user-enable = Let in again
queue-running = running
queue-due = due
queue-later = later
queue-paused = paused
queue-by = By workspace
queue-row = { $running } run, { $waiting } wait
queue-none = The queue is empty
queue-text = Every workspace gets its turn: a large shoot does not hold up a small one.

## Exports
export = Export
nav-exports = Exports
all-exports = All exports
export-files-count = { $n ->
    [one] { $shown } file
   *[other] { $shown } files
}
exports-none = Nothing is packed yet
exports-none-text = Approve pictures, then choose the channels they go to. Each channel gets its own size, format and names.
exports-review = Go to the review
export-new = New export
export-what = Which pictures
export-approved = Everything approved
export-approved-of = Approved of { $shoot }
export-channels = Channels
export-naming = Names of files
export-naming-hint = Empty: the channel's own. Words in braces, sku among them: { $words }.
export-disclose = Label generated pictures as generated
export-pack = Pack
export-download = Download
export-rules = Channels' rules
export-size = Size
export-files = Files
export-not-taken = Not taken
export-kept = Kept until
export-why = Why
export-faults = What a channel would not take
export-remarks = What to know
export-holds = The archive also holds manifest.json, manifest.csv and report.html. The download goes on where it broke off.
export-waiting = It waits for its turn.
export-running = { $n ->
    [one] { $shown } of { $whole } files is rendered
   *[other] { $shown } of { $whole } files are rendered
}
export-expired = The archive was kept long enough and is gone. Pack it again: the same pictures give the same archive.
export-all = { $n ->
    [one] { $shown } file meets its channel's rules
   *[other] All { $shown } files meet their channels' rules
}
export-some = { $n ->
    [one] { $shown } of { $whole } files meets its channel's rules
   *[other] { $shown } of { $whole } files meet their channels' rules
}
export-meet = { $n ->
    [one] { $shown } of { $whole } files meets its rules
   *[other] { $shown } of { $whole } files meet its rules
}
export-enlarged = { $n ->
    [one] { $shown } file is enlarged beyond what its picture holds, { $most } times.
   *[other] { $shown } files are enlarged beyond what their pictures hold, up to { $most } times.
}
export-more = { $n ->
    [one] { $shown } more stands in report.html
   *[other] { $shown } more stand in report.html
}
export-state-waiting = Waiting
export-state-running = Packing
export-state-done = Ready
export-state-failed = Failed
export-state-expired = Expired
export-state-cancelled = Stopped
export-cancel = Stop
export-cancelled = It was stopped. What was put somewhere by then stays there.
export-delivering = { $n ->
    [one] { $shown } of { $whole } files is delivered
   *[other] { $shown } of { $whole } files are delivered
}
export-put = Put to { $target }
export-undelivered = What is not at { $target }
export-to = Deliver to
export-to-none = Nowhere: to download
export-as = As
export-as-files = Files with their manifest
export-as-archive = One archive

## Letters

letter-verify = Confirm your address
letter-verify-text = Confirm that this address is yours:
letter-reset = A new password
letter-reset-text = Choose a new password within an hour:
letter-reset-else = If you did not ask for it, do nothing.
letter-invite = You are invited
letter-invite-owner = { $person } invites you to work in { $workspace } as owner:
letter-invite-editor = { $person } invites you to work in { $workspace } as editor:
letter-invite-reviewer = { $person } invites you to work in { $workspace } as reviewer:
